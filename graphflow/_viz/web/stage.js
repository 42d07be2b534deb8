// The drawing: boxes, frames and lines as SVG, and how it is moved and magnified.

const LEAST_ZOOM = 0.004,
  MOST_ZOOM = 4,
  MARGIN = 40,
  READABLE = 0.6;

class Stage {
  constructor(app) {
    this.app = app;
    this.root = byId("stage");
    this.world = svg("g", { id: "world" });
    this.layers = {};
    this.root.append(arrowHeads(), this.world);
    for (const name of ["frames", "lines", "texts", "boxes"])
      this.world.append((this.layers[name] = svg("g", { class: name })));
    this.drawn = new Map();
    this.view = { x: 0, y: 0, k: 1 };
    this.scene = { boxes: [], frames: [], lines: [], texts: [], width: 0, height: 0 };
    this._listen();
  }

  // Draws a scene; what was there before moves to its new place.
  show(scene) {
    this.scene = scene;
    const kept = new Set();
    for (const frame of scene.frames) this._frame(frame, kept);
    for (const box of scene.boxes) this._box(box, kept);
    for (const [key, element] of this.drawn) {
      if (kept.has(key)) continue;
      element.remove();
      this.drawn.delete(key);
    }
    this.lines = scene.lines.map(line => this._line(line));
    this.layers.lines.replaceChildren(...this.lines.map(line => line.element));
    this.layers.texts.replaceChildren(
      ...scene.texts.map(({ text, x, y }) => svg("text", { class: "line-text", x, y: y + 4 }, shortened(text, 40))),
    );
    this.paint();
    this.app.minimap.draw();
  }

  _element(key, layer, kept, make) {
    kept.add(key);
    let element = this.drawn.get(key);
    if (!element) this.drawn.set(key, (element = make()));
    if (element.parentNode !== layer) layer.append(element);
    return element;
  }

  _frame(frame, kept) {
    const { graph } = this.app;
    const element = this._element(`frame ${frame.item}`, this.layers.frames, kept, () =>
      svg(
        "g",
        { class: `frame k-${graph.kind[frame.item]}`, "data-item": frame.item, "data-name": graph.name(frame.item) },
        svg("rect", { class: "body", rx: 10 }),
        svg("g", { class: "fold" }, svg("circle", { cx: 17, cy: 15, r: 6.5 }), svg("path", { d: "M14 15h6" })),
        svg("text", { class: "label", x: 29, y: 19.5 }, shortened(graph.title(frame.item), LONGEST)),
      ),
    );
    this.layers.frames.append(element); // outer ones lie below
    moved(element, frame);
    element.firstChild.setAttribute("width", frame.width);
    element.firstChild.setAttribute("height", frame.height);
  }

  _box(rect, kept) {
    const { app } = this,
      box = app.boxes.of(rect.item);
    const element = this._element(`box ${rect.item}`, this.layers.boxes, kept, () => svg("g"));
    element.setAttribute("id", `box-${rect.item}`);
    element.setAttribute("data-item", rect.item);
    element.setAttribute("data-name", app.graph.name(rect.item));
    moved(element, rect);
    element.replaceChildren(...this._inside(rect, box));
    element.firstChild.textContent = plain(app.graph.name(rect.item)).slice(0, 500);
    element.dataset.look = `box k-${box.kind}${box.tone ? ` t-${box.tone}` : ""}`;
  }

  _inside({ item, width, height }, box) {
    const middle = width / 2,
      parts = [svg("title")];
    const body = (extra, attributes) => svg("rect", { class: extra, rx: 7, width, height, ...attributes });
    if (box.stack) parts.push(body("body behind", { x: 3.5, y: 3.5 }));
    parts.push(body("body"));
    if (box.heat !== undefined) parts[parts.length - 1].style.fill = this.app.heat(box.heat);
    const canOpen = this.app.graph.kids[item] !== undefined;
    let y = 6 + TITLE_LINE - 3.5;
    parts.push(svg("text", { class: "title", x: canOpen ? middle - 7 : middle, y }, box.title));
    if (canOpen) {
      const x = middle - 7 + textWidth(box.title, TITLE_FONT) / 2 + 12;
      parts.push(
        svg(
          "g",
          { class: "fold", transform: `translate(${x} ${y - 4.5})` },
          svg("circle", { r: 6 }),
          svg("path", { d: "M-3 0h6M0 -3v6" }),
        ),
      );
    }
    if (box.detail) parts.push(svg("text", { class: "detail", x: middle, y: (y += DETAIL_LINE) }, box.detail));
    y += 6;
    if (box.badge) {
      const wide = textWidth(box.badge, DETAIL_FONT) + 10;
      parts.push(
        svg("rect", { class: "pill", x: middle - wide / 2, y: y - 1, width: wide, height: DETAIL_LINE + 2, rx: 8 }),
      );
      parts.push(svg("text", { class: "badge", x: middle, y: y + 10.5 }, box.badge));
      y += DETAIL_LINE + 4;
    }
    if (box.bars) {
      parts.push(barsOf(box.bars, middle - 30, y, 60, BARS - 4));
      y += BARS + 4;
    }
    if (box.image) parts.push(this._picture(item, box.image, middle - PICTURE / 2, y));
    return parts;
  }

  _picture(item, source, x, y) {
    const image = svg("image", { class: "picture", x, y, width: PICTURE, height: PICTURE });
    this.app.imageOf(item, source).then(uri => uri && image.setAttribute("href", uri));
    return image;
  }

  _line(line) {
    const { graph } = this.app,
      kind = line.control ? "line control" : line.backward ? "line backward" : "line";
    const wide = 1.2 + Math.min(2.2, Math.log2(line.members.length) / 3);
    const element = svg("path", {
      d: pathOf(line.points),
      "stroke-width": wide.toFixed(1),
      "marker-end": line.arrow ? "url(#arrow)" : null,
    });
    const tip = svg("title");
    element.append(tip);
    element.addEventListener("pointerenter", () => {
      const some = line.members.slice(0, 12).map(e => this._tensorText(graph, e));
      tip.textContent = [...some, ...(line.members.length > 12 ? [`… ${line.members.length} in all`] : [])].join("\n");
    });
    return { ...line, element, kind };
  }

  _tensorText(graph, e) {
    const from = plain(graph.name(graph.from[e])),
      to = plain(graph.name(graph.to[e]));
    if (graph.slot[e] < 0) return `${from} before ${to}`;
    const output = (graph.outs[graph.from[e]] || [])[graph.slot[e]];
    return `${from}:${graph.slot[e]} → ${to}${output ? `  ${outputText(output)}` : ""}`;
  }

  // Colours by what is chosen and highlighted.
  paint() {
    const { app } = this,
      { lit, litUp, graph, selected } = app;
    for (const [key, element] of this.drawn) {
      const item = Number(element.dataset.item),
        classes = [element.dataset.look || element.getAttribute("class").split(" ").slice(0, 2).join(" ")];
      if (item === selected) classes.push("selected");
      if (litUp && !litUp.has(item)) classes.push("dim");
      if (app.found && app.foundUp.has(item) && key.startsWith("box")) classes.push("found");
      if (app.pathStart === item) classes.push("start");
      element.setAttribute("class", classes.join(" "));
    }
    for (const { element, members, kind } of this.lines) {
      const classes = [kind];
      if (lit) classes.push(members.some(e => lit.has(graph.from[e]) && lit.has(graph.to[e])) ? "lit" : "dim");
      else if (
        selected > 0 &&
        members.some(e => graph.holds(selected, graph.from[e]) !== graph.holds(selected, graph.to[e]))
      )
        classes.push("near");
      element.setAttribute("class", classes.join(" "));
    }
  }

  // -- moving and magnifying

  move(view, smooth = false) {
    this.view = view;
    this.world.classList.toggle("smooth", smooth);
    this.world.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.k})`;
    this.app.minimap.draw();
  }

  get size() {
    return { width: this.root.clientWidth || 800, height: this.root.clientHeight || 600 };
  }

  fit(smooth = true) {
    const { width, height } = this.size,
      { scene } = this;
    const k = Math.max(
      LEAST_ZOOM,
      Math.min(1.15, (width - 2 * MARGIN) / (scene.width || 1), (height - 2 * MARGIN) / (scene.height || 1)),
    );
    this.move({ k, x: (width - scene.width * k) / 2, y: (height - scene.height * k) / 2 }, smooth);
  }

  // The whole width, as large as can be read, from the top: for a graph that is too tall to be read as a whole.
  start() {
    const { width, height } = this.size,
      { scene } = this;
    this.fit(false);
    if (this.view.k >= READABLE) return;
    const k = Math.max(this.view.k, Math.min(0.9, Math.max(READABLE, (width - 2 * MARGIN) / scene.width)));
    const top = scene.boxes.filter(box => box.y * k < height - MARGIN),
      middle = top.reduce((sum, box) => sum + box.x + box.width / 2, 0) / top.length;
    this.move({ k, x: scene.width * k < width ? (width - scene.width * k) / 2 : width / 2 - middle * k, y: MARGIN });
  }

  // What is seen stays where it is on the screen when something opens at a side; what is chosen stays in sight.
  resized() {
    const { left } = this.root.getBoundingClientRect(),
      by = left - (this.left ?? left);
    this.left = left;
    this.move({ ...this.view, x: this.view.x - by });
    if (this.app.selected) this.reveal(this.app.selected);
  }

  zoom(factor, at = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const { x, y, k } = this.view,
      next = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, k * factor)),
      ratio = next / k;
    this.move({ k: next, x: at.x - (at.x - x) * ratio, y: at.y - (at.y - y) * ratio });
  }

  rectOf(item) {
    return this.scene.boxes.find(box => box.item === item) || this.scene.frames.find(frame => frame.item === item);
  }

  // Brings an item into sight; `closer` also makes it large enough to be read.
  reveal(item, closer = false) {
    const rect = this.rectOf(item),
      { width, height } = this.size;
    if (!rect) return;
    const k = closer ? Math.max(this.view.k, 0.85) : this.view.k;
    const x = (rect.x + rect.width / 2) * k,
      y = (rect.y + Math.min(rect.height, height / k - 40) / 2) * k;
    const seen = { x: x + this.view.x, y: y + this.view.y };
    const inside = seen.x > 60 && seen.x < width - 60 && seen.y > 60 && seen.y < height - 60;
    if (!inside || k !== this.view.k) this.move({ k, x: width / 2 - x, y: height / 2 - y }, true);
  }

  _listen() {
    const { root } = this;
    let grip = null;
    root.addEventListener("pointerdown", event => {
      if (event.button) return;
      grip = { x: event.clientX, y: event.clientY, view: this.view, far: false };
    });
    root.addEventListener("pointermove", event => {
      if (!grip) return;
      const dx = event.clientX - grip.x,
        dy = event.clientY - grip.y;
      if (!grip.far && Math.hypot(dx, dy) < 4) return;
      if (!grip.far) root.setPointerCapture(event.pointerId);
      grip.far = true;
      root.classList.add("moving");
      this.move({ ...grip.view, x: grip.view.x + dx, y: grip.view.y + dy });
    });
    const release = event => {
      root.classList.remove("moving");
      if (grip && !grip.far && event.type === "pointerup") this._clicked(event);
      grip = null;
    };
    root.addEventListener("pointerup", release);
    root.addEventListener("pointercancel", release);
    root.addEventListener("dblclick", event => {
      const item = itemOf(event.target);
      if (item && !event.target.closest(".fold")) this.app.toggle(item);
    });
    root.addEventListener(
      "wheel",
      event => {
        if (this.app.embedded && !event.ctrlKey && !event.metaKey) return; // the notebook scrolls
        event.preventDefault();
        const { left, top } = root.getBoundingClientRect();
        this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), {
          x: event.clientX - left,
          y: event.clientY - top,
        });
      },
      { passive: false },
    );
  }

  _clicked(event) {
    const item = itemOf(event.target);
    if (!item) this.app.select(0);
    else if (event.target.closest(".fold")) this.app.toggle(item);
    else if (event.shiftKey && this.app.selected) this.app.path(this.app.selected, item);
    else this.app.select(item);
  }
}

function itemOf(target) {
  const element = target.closest("[data-item]");
  return element ? Number(element.dataset.item) : 0;
}

function moved(element, { x, y }) {
  element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
}

function barsOf(bars, x, y, width, height) {
  const step = width / bars.length;
  const d = bars.map(
    (bar, i) =>
      `M${(x + i * step).toFixed(1)} ${y + height}v${-Math.max(0.5, bar * height).toFixed(1)}` +
      `h${(step * 0.82).toFixed(2)}V${y + height}z`,
  );
  return svg("path", { class: "bars", d: d.join("") });
}

function arrowHeads() {
  return svg(
    "defs",
    {},
    svg(
      "marker",
      {
        id: "arrow",
        viewBox: "0 0 8 8",
        refX: 7,
        refY: 4,
        markerWidth: 7,
        markerHeight: 7,
        orient: "auto",
        markerUnits: "userSpaceOnUse",
      },
      svg("path", { class: "arrow", d: "M0 0.6L7.5 4L0 7.4z" }),
    ),
  );
}
