"""Posts are read from a folder per brand or a CSV, and what is wrong with either is said in a sentence."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from shared_data import pack

from genmark.brand.posts import Post, cautions, read_posts
from genmark.errors import ConfigError

NFC, NFD = unicodedata.normalize("NFC", "Café"), unicodedata.normalize("NFD", "Café")


def folder(root: Path, *names: str) -> Path:
    """A folder with these files in it, whose bytes nobody reads here."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a picture")
    return root


def table(root: Path, text: str, *names: str, encoding: str = "utf-8") -> Path:
    path = folder(root, *names) / "posts.csv"
    path.write_text(text, encoding=encoding)
    return path


def refused(source: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_posts(source)
    return str(caught.value)


def test_a_folder_per_brand_nested(tmp_path: Path) -> None:
    root = folder(
        tmp_path, "b/2.JPG", "a/deep/er/1.png", "a/0.webp", "a/notes.txt", "a/.hid.jpg", ".git/x.jpg", "x.jpg"
    )
    posts = read_posts(root)
    assert [(post.brand, post.path.relative_to(root).as_posix()) for post in posts] == [
        ("a", "a/0.webp"),
        ("a", "a/deep/er/1.png"),
        ("b", "b/2.JPG"),
    ]
    assert posts == read_posts(root)


def test_train_and_val_folders_are_splits_and_not_brands(tmp_path: Path) -> None:
    root = folder(tmp_path, "train/a/1.jpg", "train/b/2.jpg", "val/a/3.jpg")
    assert [(post.brand, post.split) for post in read_posts(root)] == [("a", "train"), ("b", "train"), ("a", "val")]
    plain = folder(tmp_path / "other", "train/1.jpg", "plane/2.jpg")
    assert {post.brand for post in read_posts(plain)} == {"train", "plane"}


def test_names_in_two_unicode_forms_are_one_brand(tmp_path: Path) -> None:
    root = folder(tmp_path, f"{NFD}/1.jpg", f"{NFC}/2.jpg", "삼성/3.jpg", "🍏/4.jpg")
    assert {post.brand for post in read_posts(root)} == {NFC, "삼성", "🍏"}


def test_a_name_that_is_not_text_is_still_a_label(tmp_path: Path) -> None:
    try:
        os.mkdir(os.fsencode(tmp_path) + b"/caf\xe9")
    except OSError:
        pytest.skip("this file system takes only Unicode names")
    with open(os.fsencode(tmp_path) + b"/caf\xe9/1.jpg", "wb"):
        pass
    folder(tmp_path, "b/1.jpg")
    brands = {post.brand for post in read_posts(tmp_path)}
    assert "b" in brands
    assert len(brands) == 2
    assert all(brand.encode("utf-8") for brand in brands)  # surrogates would raise


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["readme.txt"], "no pictures"),
        (["a/readme.txt"], "no pictures"),
        (["a/1.jpg", "a/2.jpg"], "one brand only, 'a'"),
        (["a/1.jpg", "b/1.jpg", "c/x.txt"], "folder of 'c'"),
    ],
)
def test_a_folder_that_cannot_teach_is_refused(tmp_path: Path, names: list[str], says: str) -> None:
    assert says in refused(folder(tmp_path, *names))


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert "neither" in refused(tmp_path / "nowhere")


def test_a_link_out_of_the_folder_is_refused_and_one_within_is_not(tmp_path: Path) -> None:
    outside = folder(tmp_path / "out", "secret.jpg")
    root = folder(tmp_path / "in", "a/1.jpg", "b/1.jpg")
    (root / "b/2.jpg").symlink_to(root / "a/1.jpg")
    assert len(read_posts(root)) == 3
    (root / "b/3.jpg").symlink_to(outside / "secret.jpg")
    assert "leads out" in refused(root)


def test_a_csv_with_everything(tmp_path: Path) -> None:
    text = "path,Brand ,account,campaign,date,split,fun,rugged,likes\n"
    text += f"x/1.jpg,{NFD},acc,spring,2026-01-02,train,1,1,10\nx\\2.jpg,b,,,,val,0,1,12\n\n"
    posts = read_posts(table(tmp_path, text, "x/1.jpg", "x/2.jpg"))
    one = Post(tmp_path / "x/1.jpg", NFC, ("fun",), "acc", "spring", "2026-01-02", "train")
    assert posts == (one, Post(tmp_path / "x/2.jpg", "b", split="val"))  # all are rugged, which tells nothing


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_as_office_programs_save_it(tmp_path: Path, separator: str) -> None:
    text = '"path","brand"\r\n"1.jpg","Müller, Söhne; Co"\r\n"2.jpg","b"\r\n'.replace('","', f'"{separator}"')
    posts = read_posts(table(tmp_path, text, "1.jpg", "2.jpg", encoding="utf-8-sig"))
    assert posts[0].brand == "Müller, Söhne; Co"


def test_a_csv_of_attributes_alone(tmp_path: Path) -> None:
    posts = read_posts(table(tmp_path, "file_name,fun,glamorous\n1.jpg,1,0\n2.jpg,1,1\n3.jpg,0,0\n", "1.jpg", "2.jpg"))
    assert [(post.brand, post.attributes) for post in posts] == [("", ("fun",)), ("", ("fun", "glamorous")), ("", ())]


def test_a_csv_names_a_file_in_either_unicode_form(tmp_path: Path) -> None:
    posts = read_posts(table(tmp_path, f"path,brand\n{NFC}.jpg,a\n2.jpg,b\n", f"{NFD}.jpg"))
    assert [post.path.is_file() for post in posts if post.brand == "a"] == [True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("path,brand\n", "lists no pictures"),
        ("pth,brand\n1.jpg,a\n", "'path', but 'pth'"),
        ("path,brnad\n1.jpg,a\n2.jpg,b\n", "'brand', but 'brnad'"),
        ("path,brand,acount\n1.jpg,a,x\n2.jpg,b,x\n", "'account', but 'acount'"),
        ("path\n1.jpg\n", "no column 'brand'; there are 'path'"),
        ("path,brand,brand\n1.jpg,a,b\n", "more than one column 'brand'"),
        ("path,brand\n1.jpg,a,b\n", "line 2 of the CSV has 3 cells"),
        ("path,brand\n1.jpg,a\n2.jpg,\n", "line 3 of posts.csv has no brand"),
        ("path,brand\n,a\n", "no path"),
        ("path,brand\n1.jpg,a\n2.jpg,a\n", "one brand only"),
        ("path,brand\n1.jpg,a\n./1.jpg,b\n", "more than once"),
        ("path,brand\n../1.jpg,a\n2.jpg,b\n", "leads out"),
        ("path,brand\n/etc/passwd,a\n2.jpg,b\n", "leads out"),
        ("path,brand\n1\0.jpg,a\n2.jpg,b\n", "leads out"),
        ("path,brand\n8.jpg,a\n9.jpg,b\n", "none of the 2 pictures"),
        ("path,fun\n1.jpg,1\n2.jpg,1\n", "the same value of 'fun'"),
        ("path,fun\n1.jpg,0\n2.jpg,0\n", "the same value of 'fun'"),
        ('path,brand\n"1.jpg,a\n', "no CSV"),
    ],
)
def test_a_csv_that_is_wrong_says_where(tmp_path: Path, text: str, says: str) -> None:
    assert says in refused(table(tmp_path, text, "1.jpg", "2.jpg"))


def test_a_csv_in_another_encoding_is_refused(tmp_path: Path) -> None:
    assert "UTF-8" in refused(table(tmp_path, "path,brand\n1.jpg,Café\n2.jpg,b\n", "1.jpg", encoding="latin-1"))


def test_few_and_uneven_brands_are_pointed_out(tmp_path: Path) -> None:
    def posts(**counts: int) -> list[Post]:
        return [Post(Path(f"{brand}{i}"), brand) for brand, count in counts.items() for i in range(count)]

    assert cautions(posts(a=30, b=20)) == ()
    few, uneven = cautions(posts(a=30, b=2))
    assert few.startswith("'b': 2 pictures or fewer")
    assert "'a' has 30" in uneven
    assert "'Apple', 'apple' differ" in cautions(posts(Apple=5, apple=5, c=5))[0]
    assert cautions([Post(Path("x"), "", ("fun",))]) == ()


def test_ten_thousand_brands_are_read(tmp_path: Path) -> None:
    lines = "".join(f"x/{i}.jpg,brand {i // 2}\n" for i in range(20_000))
    posts = read_posts(table(tmp_path, "path,brand\n" + lines, "x/0.jpg"))
    assert len({post.brand for post in posts}) == 10_000
    assert "and 9997 more: 2 pictures or fewer" in cautions(posts)[0]


def test_the_packs_are_read_by_folder_and_by_csv() -> None:
    root = pack("brands")
    listed = [post for post in read_posts(root / "posts.csv") if post.split == "train"]
    by_folder = read_posts(root / "train")
    assert [(post.path, post.brand) for post in listed] == [(post.path, post.brand) for post in by_folder]
    assert len(listed) == 576
    assert all(post.campaign and post.account for post in listed)
