// From the graph and the set of open scopes to boxes, frames and lines with coordinates. Every open scope is laid out by
// itself: its children, a label, and a port on its border for each box outside that it is connected with.

const FRAME_PAD = 14,
  FRAME_TOP = 3,
  LABEL_HEIGHT = 22,
  LOOSE_WIDTH = 640,
  TEXT_HEIGHT = 15;

class Scene {
  // `look` says how things look: measure(item) -> {width, height} of a closed box, labelWidth(scope), lineWidth(text),
  // lineText(edge) -> text at a line or "", hidden(op) -> leave it out, hiddenLine(edge).
  constructor(graph, look) {
    this.graph = graph;
    this.look = look;
    this.levels = new Map();
    this.someShown = new Map();
  }

  // Whether anything in an item is to be seen.
  shown(item) {
    if (!this.graph.kids[item]) return !this.look.hidden(item);
    let known = this.someShown.get(item);
    if (known === undefined) {
      known = false;
      for (const op of this.graph.opsIn(item)) {
        if (!this.look.hidden(op)) {
          known = true;
          break;
        }
      }
      this.someShown.set(item, known);
    }
    return known;
  }

  // What lies in a scope and how it is arranged; it does not depend on what is open.
  level(scope) {
    const missing = [];
    for (let s = scope; s >= 0 && !this.levels.has(s); s = this.graph.parent[s]) missing.push(s);
    for (const s of missing.reverse()) this.levels.set(s, this._arranged(s));
    return this.levels.get(scope);
  }

  _arranged(scope) {
    const level = { scope, boxes: [], index: new Map(), edges: [], byPair: new Map(), loose: [], placed: [] };
    if (scope) addBox(level, { type: "label", key: "label", pin: -1 });
    for (const item of this.graph.kids[scope])
      if (this.shown(item)) addBox(level, { type: "item", key: item, item, pin: 0 });
    this._innerLines(level);
    if (scope) this._outerLines(level);
    const used = new Set(level.edges.flatMap(edge => [edge.from, edge.to]));
    level.boxes.forEach((box, i) => (box.type !== "item" || used.has(i) ? level.placed : level.loose).push(i));
    level.order = new Map(level.placed.map((i, k) => [i, k]));
    level.arrangement = arrange(
      level.placed.length,
      level.edges.map(edge => [level.order.get(edge.from), level.order.get(edge.to)]),
      level.placed.map(i => level.boxes[i].pin),
      level.placed.map(i => level.boxes[i].type === "item" && !this.graph.kids[level.boxes[i].item]),
      scope ? 0 : -1,
    );
    level.edges.forEach((edge, e) => (edge.turned = level.arrangement.turned[e] === 1));
    return level;
  }

  _visible(e) {
    const { graph, look } = this;
    return !look.hidden(graph.from[e]) && !look.hidden(graph.to[e]) && !look.hiddenLine(e);
  }

  // Lines between two children of the scope; one with a text is two lines, with a box for the text between them.
  _innerLines(level) {
    const { graph } = this,
      { scope } = level;
    for (let e = graph.inStart[scope]; e < graph.inStart[graph.end[scope]]; e++) {
      if (!graph.holds(scope, graph.from[e]) || !this._visible(e)) continue;
      const a = graph.childOf(scope, graph.from[e]),
        b = graph.childOf(scope, graph.to[e]);
      if (a !== b) this._join(level, level.index.get(a), level.index.get(b), a, b, e);
    }
    for (const edge of [...level.edges]) {
      const texts = new Set(edge.members.map(e => this.look.lineText(e)).filter(Boolean));
      if (!texts.size) continue;
      const text = texts.size === 1 ? [...texts][0] : `${texts.size} tensors`;
      const middle = addBox(level, { type: "text", key: `text ${edge.from} ${edge.to}`, text, pin: 0 });
      level.edges.push({ ...edge, from: middle });
      edge.rest = level.edges[level.edges.length - 1];
      edge.to = middle;
    }
  }

  // Lines that cross the border of the scope, through a port for each partner outside.
  _outerLines(level) {
    const { graph } = this,
      { scope } = level,
      parent = this.level(graph.parent[scope]);
    const port = (inwards, partner) => {
      const key = `${inwards ? "in" : "out"} ${partner}`;
      if (level.index.has(key)) return level.index.get(key);
      const edge = parent.byPair.get(inwards ? `${partner} ${scope}` : `${scope} ${partner}`);
      const turned = inwards && edge.rest ? edge.rest.turned : edge.turned;
      return addBox(level, { type: "port", key, pin: inwards !== turned ? -1 : 1 });
    };
    for (let e = graph.inStart[scope]; e < graph.inStart[graph.end[scope]]; e++) {
      if (graph.holds(scope, graph.from[e]) || !this._visible(e)) continue;
      const partner = this._partner(scope, graph.from[e]),
        kid = graph.childOf(scope, graph.to[e]);
      this._join(level, port(true, partner), level.index.get(kid), partner, kid, e);
    }
    for (let k = graph.outStart[scope]; k < graph.outStart[graph.end[scope]]; k++) {
      const e = graph.outEdges[k];
      if (graph.holds(scope, graph.to[e]) || !this._visible(e)) continue;
      const partner = this._partner(scope, graph.to[e]),
        kid = graph.childOf(scope, graph.from[e]);
      this._join(level, level.index.get(kid), port(false, partner), kid, partner, e);
    }
  }

  // The box outside the scope through which `op` is reached: a child of the nearest scope that holds both.
  _partner(scope, op) {
    const { graph } = this;
    let above = graph.parent[scope];
    while (!graph.holds(above, op)) above = graph.parent[above];
    return graph.childOf(above, op);
  }

  // One more tensor on the line between two boxes of a level. `source`, `target`: the items these boxes are or stand for.
  _join(level, from, to, source, target, e) {
    const key = `${source} ${target}`;
    let edge = level.byPair.get(key);
    if (!edge) {
      level.byPair.set(key, (edge = { from, to, source, target, members: [] }));
      level.edges.push(edge);
    }
    edge.members.push(e);
  }

  // Boxes, frames, lines and texts of all that is visible, and the size of the whole.
  build(open) {
    const drawn = { boxes: [], frames: [], lines: [], texts: [] },
      whole = this._place(0, open);
    const waiting = [[whole, 0, 0, 0]];
    while (waiting.length) this._draw(...waiting.pop(), drawn, waiting);
    drawn.frames.sort((a, b) => a.depth - b.depth);
    return Object.assign(drawn, { width: whole.width, height: whole.height });
  }

  // Sizes and places within one open scope, those inside it first.
  _place(scope, open) {
    const level = this.level(scope),
      inner = new Map(),
      pad = scope ? FRAME_PAD : 0,
      top = scope ? FRAME_TOP : 0;
    const sizes = level.boxes.map((box, i) => {
      if (box.type === "port") return { width: 0, height: 0 };
      if (box.type === "label") return { width: this.look.labelWidth(scope), height: LABEL_HEIGHT };
      if (box.type === "text") return { width: this.look.lineWidth(box.text) + 8, height: TEXT_HEIGHT };
      if (!open.has(box.item)) return this.look.measure(box.item);
      inner.set(i, this._place(box.item, open));
      return inner.get(i);
    });
    const hook = (e, k) => {
      const child = inner.get(level.placed[k]);
      return child ? child.hookOf(level.edges[e]) : 0;
    };
    const at = place(
      level.arrangement,
      level.placed.map(i => reachOf(sizes[i])),
      hook,
    );
    const loose = looseBoxes(level, sizes, at, top);
    const width = Math.max(at.width, loose.right) + 2 * pad,
      height = Math.max(top + at.height, loose.bottom) + pad;
    const left = loose.beside ? pad : (width - at.width) / 2;
    // Where on this scope's border, from its middle, a line of the level above is fixed.
    const hookOf = edge => {
      const i = level.index.get(edge.target === scope ? `in ${edge.source}` : `out ${edge.target}`);
      return left + at.x[level.order.get(i)] - width / 2;
    };
    return { scope, level, sizes, inner, at, loose, width, height, left, top, hookOf };
  }

  _draw(placed, x0, y0, depth, drawn, waiting) {
    const { scope, level, sizes, inner, at, loose, left, top } = placed;
    if (scope) drawn.frames.push({ item: scope, x: x0, y: y0, width: placed.width, height: placed.height, depth });
    const middle = i => {
      const k = level.order.get(i);
      if (k === undefined) return loose.at(i, x0 + (loose.beside ? left : (placed.width - loose.right) / 2), y0);
      const [low, high] = at.bands[at.rowOf[k]];
      return [x0 + left + at.x[k], y0 + top + (low + high) / 2];
    };
    level.boxes.forEach((box, i) => {
      const [x, y] = middle(i),
        { width, height } = sizes[i];
      if (box.type === "text") drawn.texts.push({ key: `${scope} ${box.key}`, text: box.text, x, y });
      if (box.type !== "item") return;
      if (inner.has(i)) waiting.push([inner.get(i), x - width / 2, y - height / 2, depth + 1]);
      else drawn.boxes.push({ item: box.item, x: x - width / 2, y: y - height / 2, width, height });
    });
    for (const line of linesOf(placed, x0, y0, this.graph)) drawn.lines.push(line);
  }
}

// The size of a box around its middle.
function reachOf({ width, height }) {
  return { west: width / 2, east: width / 2, height };
}

function addBox(level, box) {
  level.index.set(box.key, level.boxes.length);
  return level.boxes.push(box) - 1;
}

// Boxes without any line: in rows of their own beneath the others, or beside them where lines leave at the bottom.
function looseBoxes(level, sizes, at, top) {
  const beside = level.boxes.some(box => box.pin > 0),
    start = beside ? at.width + BOX_GAP : 0,
    places = new Map();
  const limit = start + Math.max(beside ? 0 : at.width, Math.min(LOOSE_WIDTH, Math.sqrt(level.loose.length) * 190));
  let x = start,
    y = top + (beside ? LABEL_HEIGHT : at.height + (at.height ? ROW_GAP * 0.6 : 0)),
    tall = 0,
    right = 0;
  for (const i of level.loose) {
    if (x > start && x + sizes[i].width > limit) {
      x = start;
      y += tall + ROW_GAP * 0.5;
      tall = 0;
    }
    places.set(i, [x + sizes[i].width / 2, y + sizes[i].height / 2]);
    right = Math.max(right, x + sizes[i].width);
    x += sizes[i].width + BOX_GAP * 0.7;
    tall = Math.max(tall, sizes[i].height);
  }
  const there = (i, x0, y0) => [x0 + places.get(i)[0], y0 + places.get(i)[1]];
  return { at: there, right, beside: beside && level.loose.length > 0, bottom: level.loose.length ? y + tall : 0 };
}
