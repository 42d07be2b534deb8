// Forward and backward side by side, as a lecture draws it: every operation with its gradients at its right hand, values
// running down on the left, gradients running up on the right. What lies between is left out.

const PAIR_GAP = 34,
  TWIN_GAP = 10,
  MOST_UNITS = 300;

// A scene of the pairs whose forward operation lies in `scope`; `cut` tells that there were too many.
function sideBySide(graph, look, pairs, scope) {
  const units = new Map();
  let cut = false;
  for (const [forward, backward] of pairs) {
    if (!graph.holds(scope, forward)) continue;
    if (!units.has(forward) && units.size === MOST_UNITS) cut = true;
    else units.set(forward, [...(units.get(forward) || []), backward]);
  }
  const forwards = [...units.keys()].sort((a, b) => a - b),
    unitOf = new Map(forwards.map((item, i) => [item, i])),
    twins = new Map();
  forwards.forEach((item, i) => units.get(item).forEach(twin => twins.set(twin, i)));

  const level = { scope: 0, boxes: [], index: new Map(), edges: [], byPair: new Map(), loose: [], placed: [] };
  forwards.forEach(item => addBox(level, { type: "item", key: item, item, pin: 0 }));
  const everyPair = new Set(pairs.flat());
  for (const item of forwards) {
    for (const [target, e] of reached(graph, item, other => unitOf.has(other), everyPair)) {
      level.edges.push({
        from: unitOf.get(item),
        to: unitOf.get(target),
        source: item,
        target,
        members: [e],
        arrow: true,
      });
    }
    for (const twin of units.get(item)) {
      for (const [target, e] of reached(graph, twin, other => twins.has(other), everyPair)) {
        const [above, below] = [twins.get(target), unitOf.get(item)];
        if (above === below) continue;
        level.edges.push({
          from: above,
          to: below,
          source: target,
          target: twin,
          members: [e],
          arrow: true,
          backward: true,
        });
      }
    }
  }
  withTexts(level, look);
  level.placed = level.boxes.map((_, i) => i);
  level.arrangement = arrange(
    level.boxes.length,
    level.edges.map(edge => [edge.from, edge.to]),
    level.boxes.map(() => 0),
    level.boxes.map(() => false),
  );
  return drawn(level, units, look, graph, cut);
}

// The next wanted operations behind `start`, through any that belong to no pair: [operation, first edge on the way].
function reached(graph, start, wanted, pairs) {
  const found = new Map(),
    seen = new Set([start]),
    waiting = [];
  const look = (item, first) => {
    for (let k = graph.outStart[item]; k < graph.outStart[item + 1]; k++) {
      const e = graph.outEdges[k],
        next = graph.to[e];
      if (seen.has(next) || !carriesNumbers(graph, e)) continue;
      seen.add(next);
      if (wanted(next)) found.set(next, first === undefined ? e : first);
      else if (!pairs.has(next)) waiting.push([next, first === undefined ? e : first]);
    }
  };
  look(start);
  while (waiting.length) look(...waiting.shift());
  return found;
}

// Whether an edge carries what can have a gradient: neither order nor shapes nor indices.
function carriesNumbers(graph, e) {
  const output = graph.slot[e] >= 0 && (graph.outs[graph.from[e]] || [])[graph.slot[e]];
  return Boolean(output) && !/^(u?int|bool|string|q?int|quint|resource|variant)/.test(output[0]);
}

function withTexts(level, look) {
  for (const edge of [...level.edges]) {
    const text = look.lineText(edge.members[0]);
    if (!text) continue;
    const middle = addBox(level, { type: "text", key: `text ${level.boxes.length}`, text, pin: 0 });
    level.edges.push({ ...edge, from: middle, arrow: !edge.backward });
    Object.assign(edge, { to: middle, arrow: Boolean(edge.backward) });
  }
}

// The scene of the arranged units. A unit is anchored in the middle of its forward box, so that these stand in columns.
function drawn(level, units, look, graph, cut) {
  const inner = new Map(),
    parts = [];
  const sizes = level.boxes.map((box, i) => {
    if (box.type === "text") return reachOf({ width: look.lineWidth(box.text) + 8, height: TEXT_HEIGHT });
    const items = [box.item, ...units.get(box.item)],
      boxes = items.map(item => look.measure(item));
    const height = Math.max(...boxes.map(b => b.height)),
      west = boxes[0].width / 2;
    let x = -west;
    parts[i] = items.map((item, k) => {
      x += k === 1 ? PAIR_GAP : k ? TWIN_GAP : 0;
      const part = { item, x, width: boxes[k].width, height };
      x += boxes[k].width;
      return part;
    });
    const middleOf = item => {
      const part = parts[i].find(p => p.item === item);
      return part.x + part.width / 2;
    };
    inner.set(i, { hookOf: edge => middleOf(items.includes(edge.target) ? edge.target : edge.source) });
    return { west, east: x, height };
  });
  const hook = (e, i) => (inner.has(i) ? inner.get(i).hookOf(level.edges[e]) : 0);
  const at = place(level.arrangement, sizes, hook, e => (level.edges[e].backward ? 1 : 50));
  level.order = new Map(level.placed.map(i => [i, i]));
  const placed = { scope: 0, level, sizes, inner, at, left: 0, top: 0, width: at.width, height: at.height };
  const scene = {
    boxes: [],
    frames: [],
    lines: linesOf(placed, 0, 0, graph),
    texts: [],
    width: at.width,
    height: at.height,
    cut,
  };
  level.boxes.forEach((box, i) => {
    const [low, high] = at.bands[at.rowOf[i]],
      middle = (low + high) / 2;
    if (box.type === "text") scene.texts.push({ text: box.text, x: at.x[i], y: middle });
    else for (const part of parts[i]) scene.boxes.push({ ...part, x: at.x[i] + part.x, y: middle - part.height / 2 });
  });
  return scene;
}
