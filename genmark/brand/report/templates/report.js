"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];

  /* Language: both are in the page, the root's lang says which one shows; attributes are swapped here. */
  const button = document.getElementById("language");
  const asked = new URLSearchParams(location.search).get("lang") || navigator.language || "en";
  const speak = (language) => {
    root.lang = language;
    const key = language === "ko" ? "labelKo" : "labelEn";
    for (const element of all("[data-label-en]")) element.setAttribute("aria-label", element.dataset[key]);
    document.title = document.querySelector("title").dataset[language];
    button.textContent = language === "ko" ? "English" : "한국어";
    button.lang = language === "ko" ? "en" : "ko";
  };
  button.hidden = false;
  button.addEventListener("click", () => speak(root.lang === "ko" ? "en" : "ko"));
  speak(asked.toLowerCase().startsWith("ko") ? "ko" : "en");

  /* The map: the post whose dot is nearest to the pointer, within reach. Text is set as text, never as HTML. */
  const map = document.querySelector(".map");
  if (!map) return;
  const peek = document.getElementById("peek");
  const picture = document.getElementById("peek-picture");
  const spots = [...map.querySelectorAll("circle")].map((spot) => [Number(spot.getAttribute("cx")), Number(spot.getAttribute("cy")), spot]);
  const show = (event) => {
    const box = map.getBoundingClientRect();
    const x = (108 * (event.clientX - box.left)) / box.width - 4;
    const y = (108 * (event.clientY - box.top)) / box.height - 4;
    let best = null;
    let least = 9;
    for (const [cx, cy, spot] of spots) {
      const far = (cx - x) ** 2 + (cy - y) ** 2;
      if (far < least) [best, least] = [spot, far];
    }
    peek.hidden = !best;
    if (!best) return;
    picture.hidden = !best.dataset.picture;
    if (best.dataset.picture) picture.src = best.dataset.picture;
    document.getElementById("peek-brand").textContent = best.dataset.brand;
    document.getElementById("peek-name").textContent = best.dataset.name;
    peek.classList.toggle("left", x > 60 && y < 40);
  };
  map.addEventListener("pointermove", show);
  map.addEventListener("pointerdown", show);
  map.addEventListener("pointerleave", () => { peek.hidden = true; });
})();
