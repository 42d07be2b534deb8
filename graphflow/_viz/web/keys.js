// Everything by keyboard: the arrows walk along the lines and the rows, letters do what the buttons do.

const KEYS = [
  ["↑ ↓ ← →", "walk: to inputs, to users, along the row"],
  ["Enter", "expand or collapse the chosen scope"],
  ["Backspace", "to the scope around, and fold it"],
  ["/", "search"],
  ["A   D", "highlight ancestors, descendants"],
  ["P", "mark one end of a path, then the other"],
  ["+   −   0", "magnify, shrink, show all"],
  ["E   C", "expand all, collapse all"],
  ["K   L", "constants, control edges: show or hide"],
  ["B", "forward and backward side by side"],
  [",   .", "step back, step on"],
  ["O", "outline as text"],
  ["T", "light, dark"],
  ["Esc", "clear"],
];

function listenToKeys(app) {
  const acts = {
    "/": () => byId("query").focus(),
    "+": () => app.stage.zoom(1.25),
    "=": () => app.stage.zoom(1.25),
    "-": () => app.stage.zoom(0.8),
    0: () => app.stage.fit(),
    a: () => app.selected && app.highlight(app.selected, "ancestors"),
    d: () => app.selected && app.highlight(app.selected, "descendants"),
    p: () => app.selected && app.markPath(app.selected),
    e: () => app.expandAll(),
    c: () => app.collapseAll(),
    k: () => app.flip("constants"),
    l: () => app.flip("controls"),
    b: () => app.flip("pairs"),
    o: () => app.flip("outline"),
    t: () => app.turnTheme(),
    ",": () => app.stepBy(-1),
    ".": () => app.stepBy(1),
    "?": () => app.help(),
    Escape: () => app.escape(),
    Enter: () => app.toggle(app.selected),
    " ": () => app.toggle(app.selected),
    Backspace: () => app.foldAround(),
    ArrowUp: () => walk(app, 0, -1),
    ArrowDown: () => walk(app, 0, 1),
    ArrowLeft: () => walk(app, -1, 0),
    ArrowRight: () => walk(app, 1, 0),
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog"))
      return;
    if (["Enter", " "].includes(event.key) && event.target.closest("button, summary, a")) return;
    const act = Object.hasOwn(acts, event.key) ? acts[event.key] : acts[event.key.toLowerCase()];
    if (!act || (event.key.length > 1 && !Object.hasOwn(acts, event.key))) return;
    event.preventDefault();
    act();
  });
}

// Chooses the nearest box in a direction; up and down, one at the other end of a line comes first.
function walk(app, dx, dy) {
  const { scene } = app.stage,
    here = app.selected && app.stage.rectOf(app.selected);
  if (!here) {
    const first = scene.boxes.slice().sort((a, b) => a.y - b.y || a.x - b.x)[0];
    if (first) app.select(first.item, true);
    return;
  }
  const middle = rect => [rect.x + rect.width / 2, rect.y + rect.height / 2],
    [x, y] = middle(here);
  const linked = dy ? app.linkedBoxes(app.selected, dy) : new Set();
  let best = null,
    least = Infinity;
  for (const box of scene.boxes) {
    if (box.item === app.selected) continue;
    const [u, v] = middle(box),
      along = (u - x) * dx + (v - y) * dy,
      aside = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
    const far = linked.has(box.item)
      ? aside * 0.1 + Math.abs(along) * 0.1 - 1e6
      : along < 4
        ? Infinity
        : along + aside * (dx ? 4 : 2);
    if (far < least) [best, least] = [box, far];
  }
  if (best) app.select(best.item, true);
}
