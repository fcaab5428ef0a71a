"""Pictures for link previews and for the list of chapters: a figure of the chapter, with its title."""

import base64
import io
import json

from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)
SMALL = (320, 168)


def font(root, size):
    fonts = sorted((root / "src/plot/draw/fonts").glob("DejaVuSans*.ttf"))
    return ImageFont.truetype(str(fonts[0]), size) if fonts else ImageFont.load_default(size)


def figures(notebook):
    """The pictures of a notebook that are made of pixels."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            content = "".join(output.get("data", {}).get("image/png", ""))
            if content:
                yield Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB")


def best(pictures):
    """The one that fills a card most: neither a strip nor a stamp; the first one of those that are about as good."""
    width, height = SIZE[0], SIZE[1] - 110

    def filled(picture):
        scale = min(width / picture.width, height / picture.height, 2.0)
        colours = picture.resize((64, 64)).quantize(64).getcolors() or []
        return round(picture.width * picture.height * scale**2 / (width * height), 1) + 0.2 * min(len(colours), 24) / 24

    return max(pictures, key=filled, default=None)


def draw(root, title, picture, path):
    card = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, SIZE[0], 88), fill="#12324a")
    pen.text((36, 44), title, fill="white", font=font(root, 40), anchor="lm")
    pen.text((SIZE[0] - 36, 44), "Gradus", fill="#9cc8e6", font=font(root, 30), anchor="rm")
    if picture:
        room = (SIZE[0] - 60, SIZE[1] - 88 - 40)
        scale = min(room[0] / picture.width, room[1] / picture.height, 2.0)
        sized = picture.resize((int(picture.width * scale), int(picture.height * scale)), Image.LANCZOS)
        card.paste(sized, ((SIZE[0] - sized.width) // 2, 88 + (SIZE[1] - 88 - sized.height) // 2))
    save(card, path)
    small = card.crop((0, 88, *SIZE)).resize((SMALL[0], int(SMALL[0] * (SIZE[1] - 88) / SIZE[0])), Image.LANCZOS)
    save(small, path.parent / "small" / path.name, 16)


def save(picture, path, colours=128):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(colours).save(path, optimize=True)


def make(root, extra, chapters):
    """One card for each chapter, its exercises and its solutions, and one for all other pages."""
    cards = extra / "cards"
    for name in chapters:
        source, path = root / "notebooks" / name, cards / name.replace(".ipynb", ".png")
        if path.is_file() and path.stat().st_mtime > source.stat().st_mtime:
            continue
        notebook = json.loads(source.read_text(encoding="utf-8"))
        title = "".join(notebook["cells"][0]["source"]).split("\n")[0].lstrip("# ")
        draw(root, title, best(list(figures(notebook))), path)
    front = root / "notebooks/figures/chapter.png"
    draw(root, "Deep learning, step by step, in Rust notebooks", Image.open(front).convert("RGB"), cards / "index.png")
