"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  /* Language: both are in the page, the root's lang says which one shows; attributes are swapped here. */
  const button = document.getElementById("language");
  const asked = new URLSearchParams(location.search).get("lang") || navigator.language || "en";

  const speak = (language) => {
    const key = language === "ko" ? "Ko" : "En";
    root.lang = language;
    for (const element of all("[data-alt-en]")) element.alt = element.dataset["alt" + key];
    for (const element of all("[data-label-en]")) element.setAttribute("aria-label", element.dataset["label" + key]);
    document.title = document.querySelector("title").dataset[language];
    button.textContent = language === "ko" ? "English" : "한국어";
    button.lang = language === "ko" ? "en" : "ko";
    for (const link of all("a[data-follows-language]")) link.search = "?lang=" + language;
    for (const stage of stages) tell(stage);
  };

  /* Sliders: the range input is the one truth (keyboard, screen reader); the pointer moves it from anywhere on it. */
  const original = document.getElementById("original");
  const stages = all(".split").map((input) => input.parentElement);
  const input = (stage) => stage.querySelector(".split");

  const tell = (stage) => {
    const share = Math.round(Number(input(stage).value));
    input(stage).setAttribute("aria-valuetext", root.lang === "ko" ? `원본 ${share}%` : `${share}% original`);
  };
  const show = (stage, split) => {
    stage.style.setProperty("--split", split + "%");
    tell(stage);
  };
  const move = (stage, split) => {
    input(stage).value = Math.min(100, Math.max(0, split));
    show(stage, Number(input(stage).value));
  };
  const follow = (stage, event) => {
    const box = stage.getBoundingClientRect();
    move(stage, (100 * (event.clientX - box.left)) / box.width);
  };

  const steps = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10 };

  for (const stage of stages) {
    const before = original.cloneNode();
    before.removeAttribute("id");
    stage.querySelector(".before").prepend(before);
    const range = input(stage);
    range.addEventListener("input", () => show(stage, Number(range.value)));
    range.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      move(stage, Number(range.value) + step);
    });
    range.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      range.setPointerCapture(event.pointerId);
      if (event.pointerType === "mouse") follow(stage, event);
    });
    range.addEventListener("pointermove", (event) => {
      if (range.hasPointerCapture(event.pointerId)) follow(stage, event);
    });
    range.addEventListener("pointerup", (event) => {
      if (range.hasPointerCapture(event.pointerId)) follow(stage, event);
    });
    show(stage, Number(range.value));
  }

  for (const hold of all(".hold")) {
    const stage = hold.closest(".look").querySelector(".stage");
    const press = (on) => stage.classList.toggle("held", on);
    hold.addEventListener("pointerdown", () => press(true));
    for (const end of ["pointerup", "pointercancel", "pointerleave", "blur"]) hold.addEventListener(end, () => press(false));
    hold.addEventListener("keydown", (event) => press(event.key === " " || event.key === "Enter"));
    hold.addEventListener("keyup", () => press(false));
    hold.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /* Two views: all looks, or the one that the address names (#ash-brown-0). The browser's back button leaves it. */
  let one = null;
  let scrolled = 0;

  const turn = () => {
    const chosen = all(".bar li a").find((link) => link.hash === location.hash);
    const next = chosen && document.getElementById(chosen.getAttribute("href").slice(1));
    if (!one && next) scrolled = window.scrollY;
    if (one && next) move(next.querySelector(".stage"), Number(input(one).value));
    for (const look of all(".look.chosen")) look.classList.remove("chosen");
    root.classList.toggle("one", Boolean(next));
    if (next) next.classList.add("chosen");
    for (const link of all(".bar [aria-current]")) link.removeAttribute("aria-current");
    if (chosen) chosen.setAttribute("aria-current", "true");
    if (chosen) chosen.scrollIntoView({ block: "nearest", inline: "center" });
    for (const details of all(".look details")) details.open = Boolean(next) && next.contains(details);
    window.scrollTo(0, next ? 0 : scrolled);
    one = next || null;
  };

  root.classList.add("live");
  button.hidden = false;
  button.addEventListener("click", () => speak(root.lang === "ko" ? "en" : "ko"));
  window.addEventListener("hashchange", turn);
  speak(asked.toLowerCase().startsWith("ko") ? "ko" : "en");
  if (original) {
    root.style.setProperty("--ratio", original.getAttribute("width") / original.getAttribute("height"));
    turn();
  }
})();
