// What a box says and how large it is.

const TITLE_FONT = "500 12.5px",
  DETAIL_FONT = "400 11px",
  FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const LONGEST = 32,
  BOX_PAD = 12,
  TITLE_LINE = 16,
  DETAIL_LINE = 14,
  BARS = 24,
  PICTURE = 64;

const ruler = document.createElement("canvas").getContext("2d");
const widths = new Map();

function textWidth(text, font) {
  const key = font + text;
  let width = widths.get(key);
  if (width === undefined) {
    ruler.font = `${font} ${FONT}`;
    widths.set(key, (width = ruler.measureText(text).width));
  }
  return width;
}

class Boxes {
  constructor(graph, marks) {
    Object.assign(this, { graph, marks });
    this.known = new Map();
  }

  forget() {
    this.known.clear();
  }

  // {kind, tone, heat, title, detail, badge, bars, image, stack, width, height} of a closed box.
  of(item) {
    let box = this.known.get(item);
    if (!box) this.known.set(item, (box = this._made(item)));
    return box;
  }

  _made(item) {
    const { graph } = this,
      own = graph.own.get(item),
      mark = this.marks.of(item) || {};
    const main = graph.mains.has(item) ? own : undefined;
    const type = graph.op[main === undefined ? item : main];
    const title = shortened(graph.title(item), LONGEST),
      stack = graph.kids[item] !== undefined && main === undefined;
    const shape = type ? shapeText((graph.outs[main === undefined ? item : main] || [])[0]) : "";
    const plainType = type && title.toLowerCase().replace(/_\d+$/, "") === type.toLowerCase() ? "" : type;
    const detail = stack
      ? counted(graph.count[item], "op")
      : shortened([plainType, shape].filter(Boolean).join("  "), LONGEST + 8);
    const badge = mark.badge ? shortened(mark.badge, LONGEST) : "";
    const bars = !stack && mark.bars && mark.bars.length ? mark.bars : null;
    const width = Math.max(
      44,
      textWidth(title, TITLE_FONT) + 2 * BOX_PAD + (graph.kids[item] ? 16 : 0),
      textWidth(detail, DETAIL_FONT) + 2 * BOX_PAD,
      badge ? textWidth(badge, DETAIL_FONT) + 2 * BOX_PAD + 6 : 0,
      bars ? 84 : 0,
      mark.image && !stack ? PICTURE + 2 * BOX_PAD : 0,
    );
    const height =
      12 +
      TITLE_LINE +
      (detail ? DETAIL_LINE : 0) +
      (badge ? DETAIL_LINE + 4 : 0) +
      (bars ? BARS + 4 : 0) +
      (mark.image && !stack ? PICTURE + 6 : 0);
    return {
      kind: graph.kind[item],
      tone: mark.tone,
      heat: mark.heat,
      image: stack ? null : mark.image,
      title,
      detail,
      badge,
      bars,
      stack,
      width: Math.ceil(width),
      height,
    };
  }
}

// `?×784` of an output [type, shape]; an unknown shape says nothing.
function shapeText(output) {
  if (!output || output[1] === null) return "";
  return output[1].length ? output[1].map(d => (d === null ? "?" : d)).join("×") : "scalar";
}

function outputText(output) {
  return `${output[0]} ${output[1] === null ? "of unknown shape" : shapeText(output)}`;
}
