// The lines of one placed scope as points: straight through the band of a row, a curve in the gap between two rows, so that
// no line runs through a box.

function linesOf(placed, x0, y0, graph) {
  const { scope, level, sizes, inner, at, left, top, height } = placed,
    { chains, turned } = level.arrangement;
  const shift = fanned(placed);
  return level.edges.map((edge, e) => {
    const chain = chains[e],
      points = [];
    chain.forEach((v, k) => {
      const x = x0 + left + at.x[v],
        [low, high] = at.bands[at.rowOf[v]].map(y => y0 + top + y);
      if (k && k < chain.length - 1) {
        points.push([x, low], [x, high]);
        return;
      }
      const i = level.placed[v],
        upper = k === 0,
        middle = (low + high) / 2,
        half = sizes[i].height / 2;
      const atPort = upper ? y0 : y0 + height,
        atBox = upper ? middle + half : middle - half;
      const border = level.boxes[i].type === "port" ? atPort : atBox,
        end = x + shift(e, v, upper);
      points.push(
        ...(upper
          ? [
              [end, border],
              [end, high],
            ]
          : [
              [end, low],
              [end, border],
            ]),
      );
    });
    if ((turned[e] === 1) !== Boolean(edge.backward)) points.reverse();
    return {
      key: `${scope} ${edge.from} ${edge.to}`,
      points,
      members: edge.members,
      control: edge.members.every(m => graph.slot[m] < 0),
      backward: edge.backward,
      arrow: edge.arrow ?? (level.boxes[edge.to].type === "item" && !inner.has(edge.to)),
    };
  });
}

// How far from the middle of a box each line ends: lines fan out in the order of where they come from; those that leave a
// box as one trunk leave at one place.
function fanned({ level, sizes, inner, at }) {
  const { chains, turned, shares } = level.arrangement,
    sides = new Map();
  const sideOf = (v, upper) => (upper ? v : -1 - v);
  const strandOf = (e, v, upper) => {
    const chain = chains[e];
    return upper && shares[v] ? -1 - turned[e] : upper ? chain[1] : chain[chain.length - 2];
  };
  chains.forEach((chain, e) => {
    for (const upper of [true, false]) {
      const v = upper ? chain[0] : chain[chain.length - 1],
        near = upper ? chain[1] : chain[chain.length - 2];
      const side = sides.get(sideOf(v, upper)) || new Map(),
        strand = strandOf(e, v, upper);
      sides.set(sideOf(v, upper), side.set(strand, [...(side.get(strand) || []), at.x[near]]));
    }
  });
  const mean = list => list.reduce((sum, x) => sum + x, 0) / list.length;
  for (const [key, side] of sides) {
    const sorted = [...side.keys()].sort((a, b) => mean(side.get(a)) - mean(side.get(b)));
    sides.set(key, new Map(sorted.map((strand, k) => [strand, k - (sorted.length - 1) / 2])));
  }
  return (e, v, upper) => {
    const i = level.placed[v];
    if (inner.has(i)) return inner.get(i).hookOf(level.edges[e]);
    if (level.boxes[i].type !== "item") return 0;
    const side = sides.get(sideOf(v, upper));
    return side.get(strandOf(e, v, upper)) * Math.min(14, (sizes[i].width * 0.7) / side.size);
  };
}

// The path through the points of a line: pairs are joined straight, pair to pair by a curve.
function pathOf(points) {
  const r = value => Math.round(value * 10) / 10;
  let text = `M${r(points[0][0])} ${r(points[0][1])}`;
  for (let k = 1; k < points.length; k++) {
    const [x, y] = points[k],
      [u, v] = points[k - 1],
      half = (y + v) / 2;
    if (Math.abs(x - u) + Math.abs(y - v) < 0.05) continue; // an arrow at the end of nothing would point anywhere
    if (k % 2 || Math.abs(x - u) < 0.05) text += `L${r(x)} ${r(y)}`;
    else text += `C${r(u)} ${r(half)} ${r(x)} ${r(half)} ${r(x)} ${r(y)}`;
  }
  return text;
}
