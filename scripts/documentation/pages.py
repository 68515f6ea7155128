"""Copies Documentation/*.md and Documentation/Measurements/*.md into one folder, a DocC catalog. Their links, which are those of a Git
forge, become DocC's.

usage: pages.py CATALOG REPOSITORY_ADDRESS

A link to another page becomes <doc:Page>, one to an article or module of Sources a link to that module's archive, and one to any other
file of the repository an address below REPOSITORY_ADDRESS. A link to a file that does not exist ends with its place, status 1.
"""

import pathlib
import re
import shutil
import sys

LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
FOLDERS = [pathlib.Path("Documentation"), pathlib.Path("Documentation/Measurements")]
ARTICLE = re.compile(r"Sources/(\w+)/\1\.docc/(\w+)\.md$")


def docc_link(text, target, page, repository):
    if re.match(r"[a-z]+:", target) or target.startswith("#"):
        return f"[{text}]({target})"
    path, _, _ = target.partition("#")
    file = (page.parent / path).resolve()
    if not file.exists():
        raise FileNotFoundError(f"{page}: a link to {target}, which does not exist")
    place = file.relative_to(pathlib.Path.cwd()).as_posix()
    article = ARTICLE.match(place)
    if article:
        module, name = article.groups()
        return f"[{text}](doc:/{module}{'' if name == module else '/' + name})"
    if file.suffix == ".md" and file.parent in [folder.resolve() for folder in FOLDERS]:
        return f"[{text}](doc:{file.stem})"
    return f"[{text}]({repository}/{place})"


def main():
    catalog, repository = pathlib.Path(sys.argv[1]), sys.argv[2]
    shutil.copytree("Documentation/Parla.docc", catalog, dirs_exist_ok=True)
    for page in sorted(page for folder in FOLDERS for page in folder.glob("*.md")):
        text = LINK.sub(lambda link: docc_link(*link.groups(), page, repository), page.read_text(encoding="utf-8"))
        (catalog / page.name).write_text(text, encoding="utf-8")
    for page in [pathlib.Path(name) for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]:
        for text, target in LINK.findall(page.read_text(encoding="utf-8")):
            docc_link(text, target, page, repository)


if __name__ == "__main__":
    try:
        main()
    except FileNotFoundError as problem:
        sys.exit(f"build-documentation: {problem}")
