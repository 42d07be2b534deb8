// What is open, chosen and highlighted, and who is told of it.

const FIRST_BOXES = 24,
  ENOUGH_BOXES = 7,
  MOST_BOXES = 700;

class App {
  constructor(doc, store) {
    this.store = store;
    this.graph = new Graph(doc);
    this.overlay = doc.overlay;
    this.chunk = doc.chunk;
    this.marks = new Marks(doc.overlay, this.graph, doc, store);
    this.boxes = new Boxes(this.graph, this.marks);
    this.open = new Set();
    this.options = { constants: false, controls: true, pairs: doc.overlay.beside, outline: false };
    this.selected = 0;
    this.lit = this.litUp = this.found = this.foundUp = null;
    this.embedded = window.parent !== window;
    this.minimap = new Minimap(this);
    this.stage = new Stage(this);
    this.card = new Card(this);
    this.search = new Search(this);
    this.outline = new Outline(this);
    this.newScene();
    this.openFirst();
    this._controls();
    listenToKeys(this);
    preparePrint(this);
    this.draw();
    this.stage.fit(false);
    if (this.stage.view.k < READABLE && this.scene.level(0).boxes.length >= ENOUGH_BOXES) {
      this.open.clear(); // better the whole of it, folded
      this.draw();
    }
    this.stage.start();
    this._legend();
    this._steps();
  }

  // -- drawing

  newScene() {
    const { graph, overlay } = this;
    const isLoud = item => this.marks.loud.includes((this.marks.of(item) || {}).tone);
    const isQuiet = item => graph.kind[item] === "constant" && !isLoud(item);
    this.scene = new Scene(graph, {
      measure: item => this.boxes.of(item),
      labelWidth: scope => textWidth(shortened(graph.title(scope), LONGEST), TITLE_FONT) + 34,
      lineWidth: text => textWidth(shortened(text, 40), DETAIL_FONT),
      lineText: e => overlay.edges[`${graph.from[e]} ${graph.slot[e]} ${graph.to[e]}`] || "",
      hidden: item => !this.options.constants && isQuiet(item),
      hiddenLine: e => !this.options.controls && graph.slot[e] < 0,
    });
    if (!graph.kids[0].some(item => this.scene.shown(item))) this.options.constants = true; // nothing else is there
  }

  draw() {
    if (this.options.pairs) {
      const within = this.selected && this.graph.kids[this.selected] ? this.selected : 0;
      const scene = sideBySide(
        this.graph,
        this.scene.look,
        this.overlay.pairs,
        this.overlay.pairs.some(([f]) => this.graph.holds(within, f)) ? within : 0,
      );
      if (scene.cut) this.say("There are many pairs; choose a scope to see those in it.");
      this.stage.show(scene);
    } else this.stage.show(this.scene.build(this.open));
    document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn || 0) + 1);
  }

  colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  // A share of the whole as a colour between the paper and the colour of heat.
  heat(share) {
    const parse = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
    const cold = parse(this.colour("op-fill")),
      hot = parse(this.colour("heat")),
      part = 0.08 + 0.72 * Math.sqrt(share);
    return `rgb(${cold.map((c, i) => Math.round(c + (hot[i] - c) * part)).join(" ")})`;
  }

  async details(item) {
    const k = lowerBound(this.graph.ops, item);
    return (await this.store.part(`details-${Math.floor(k / this.chunk)}`))[k % this.chunk];
  }

  async imageOf(item, image) {
    const { graph } = this;
    return typeof image === "string"
      ? image
      : (await this.store.part("images"))[graph.mains.has(item) ? graph.own.get(item) : item];
  }

  // -- opening and folding

  // Opens the outer scopes as long as all boxes can still be read at once.
  openFirst() {
    const { graph } = this,
      waiting = [0],
      backward = [];
    const size = scope => graph.kids[scope].filter(item => this.scene.shown(item)).length;
    let boxes = size(0);
    while (waiting.length || backward.length) {
      // gradients come last
      const scope = waiting.length ? waiting.shift() : backward.shift();
      if (scope) {
        if (boxes + size(scope) - 1 > FIRST_BOXES) continue;
        boxes += size(scope) - 1;
        this.open.add(scope);
      }
      for (const item of graph.kids[scope]) {
        if (!graph.kids[item] || !this.scene.shown(item) || graph.mains.has(item)) continue;
        (graph.kind[item] === "gradient" ? backward : waiting).push(item);
      }
    }
  }

  toggle(item) {
    if (!item || !this.graph.kids[item] || this.options.pairs) return;
    const before = this.stage.rectOf(item),
      opened = !this.open.has(item);
    if (opened) this.open.add(item);
    else this._fold(item);
    this.draw();
    const now = this.stage.rectOf(item),
      { view } = this.stage;
    if (before && now) {
      // what was under the pointer stays there
      this.stage.move(
        {
          ...view,
          x: view.x + (before.x + before.width / 2 - now.x - now.width / 2) * view.k,
          y: view.y + (before.y - now.y) * view.k,
        },
        true,
      );
    }
    this.say(`${shortened(this.graph.title(item), 60)} ${opened ? "expanded" : "collapsed"}`);
    if (this.selected !== item && !opened && this.graph.holds(item, this.selected)) this.select(item);
    else if (this.selected === item) this.card.show(item);
  }

  _fold(item) {
    for (const scope of [...this.open]) if (this.graph.holds(item, scope)) this.open.delete(scope);
  }

  expandAll() {
    const { graph } = this,
      waiting = [0];
    let boxes = graph.kids[0].length,
      left = 0;
    while (waiting.length) {
      for (const item of graph.kids[waiting.shift()]) {
        if (!graph.kids[item] || !this.scene.shown(item)) continue;
        if (!this.open.has(item) && boxes + graph.kids[item].length > MOST_BOXES) {
          left++;
          continue;
        }
        this.open.add(item);
        boxes += graph.kids[item].length - 1;
        waiting.push(item);
      }
    }
    this.draw();
    this.stage.fit();
    this.say(
      left
        ? `${counted(left, "scope")} stayed folded: more than ${MOST_BOXES} boxes cannot be read at once`
        : "everything expanded",
    );
  }

  collapseAll() {
    this.open.clear();
    this.draw();
    this.stage.fit();
    this.say("everything collapsed");
  }

  foldAround() {
    const scope = this.open.has(this.selected) ? this.selected : this.graph.parent[this.selected];
    if (scope > 0) {
      this.toggle(scope);
      this.select(scope, true);
    }
  }

  // The visible box that an operation is in.
  boxOf(op) {
    let box = op;
    for (let i = this.graph.parent[op]; i > 0; i = this.graph.parent[i]) if (!this.open.has(i)) box = i;
    return box;
  }

  linkedBoxes(item, direction) {
    const found = new Set();
    for (const op of this.graph.opsIn(item)) {
      for (const next of this.graph.neighbours(op, direction)) {
        const box = this.options.pairs ? next : this.boxOf(next);
        if (!this.graph.holds(item, box)) found.add(box);
      }
    }
    return found;
  }

  // -- choosing and highlighting

  select(item, reveal = false) {
    this.selected = item;
    byId("canvas").setAttribute("aria-activedescendant", item ? `box-${item}` : "");
    this.stage.paint();
    this.card.show(item);
    if (!item) return;
    if (reveal) this.stage.reveal(item);
    this.outline.follow(item);
    const { graph } = this,
      what = graph.kids[item]
        ? `scope, ${counted(graph.count[item], "operation")}`
        : `${graph.op[item]} ${shapeText((graph.outs[item] || [])[0])}`;
    this.say(`${shortened(graph.title(item), 60)}, ${what}`);
  }

  // Shows an item wherever it is: opens the scopes around it, chooses it and brings it into sight.
  goTo(item) {
    const { graph } = this;
    let changed = false;
    if (!this.scene.shown(item)) {
      this.options.constants = true;
      this._refresh();
      changed = true;
    }
    if (this.options.pairs && !this.stage.rectOf(item)) this.flip("pairs");
    for (let i = graph.parent[item]; i > 0; i = graph.parent[i]) {
      if (!this.open.has(i)) changed = Boolean(this.open.add(i));
    }
    if (changed && !this.options.pairs) this.draw();
    this.select(item);
    this.stage.reveal(item, true);
  }

  highlight(item, which) {
    const { graph } = this,
      starts = [...graph.opsIn(item)];
    this._light(graph.reach(starts, which === "ancestors" ? -1 : 1), item, which);
    const others = [...this.lit].filter(op => !graph.holds(item, op)).length;
    this.say(`${counted(others, which.slice(0, -1))} of ${shortened(graph.title(item), 60)}`);
  }

  _light(lit, starts = 0, name = "") {
    const { graph } = this;
    this.lit = lit;
    this.starts = starts;
    this.litName = name;
    this.litUp = lit && withAbove(graph, lit);
    this.stage.paint();
    this.card.show(this.selected);
  }

  markPath(item) {
    if (!this.pathStart || this.pathStart === item) {
      this.pathStart = this.pathStart === item ? 0 : item;
      this.say(
        this.pathStart
          ? `path from ${shortened(this.graph.title(item), 60)}: choose the other end and press P`
          : "no path",
      );
      this.stage.paint();
      this.card.show(this.selected);
    } else {
      this.path(this.pathStart, item);
      this.pathStart = 0;
      this.stage.paint();
    }
  }

  // Highlights all operations on the ways between two items, whichever comes first.
  path(a, b) {
    const { graph } = this;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      const below = graph.reach([...graph.opsIn(from)], 1),
        above = graph.reach([...graph.opsIn(to)], -1);
      const between = new Set([...below].filter(op => above.has(op)));
      if (!between.size) continue;
      this._light(between, b, "path");
      const shortest = graph.shortest(from, to);
      const [start, end] = [from, to].map(item => shortened(graph.title(item), 40));
      const least = shortest ? `, the shortest way has ${shortest.length}` : "";
      this.say(`path from ${start} to ${end}: ${counted(between.size, "operation")}${least}`);
      return true;
    }
    this.say(`no path between ${shortened(graph.title(a), 40)} and ${shortened(graph.title(b), 40)}`);
    return false;
  }

  clear() {
    this.pathStart = 0;
    this._light(null);
  }

  escape() {
    if (this.lit || this.pathStart) this.clear();
    else if (this.found) {
      this.search.field.value = "";
      this.search.run();
    } else this.select(0);
  }

  setFound(found) {
    this.found = found && new Set(found);
    this.foundUp = found && withAbove(this.graph, found);
    this.stage.paint();
  }

  partners(item) {
    return this.overlay.pairs
      .filter(pair => pair.includes(item))
      .map(([f, b]) => (f === item ? b : f))
      .slice(0, 12);
  }

  legendText(tone) {
    const entry = this.overlay.legend.find(([name]) => name === tone);
    return entry && entry[1];
  }

  // -- what can be switched

  flip(option) {
    if (option === "pairs" && !this.overlay.pairs.length) return this.say("nothing is paired here");
    this.options[option] = !this.options[option];
    if (option === "outline") {
      document.body.classList.toggle("with-outline", this.options.outline);
      if (this.selected) this.outline.follow(this.selected);
    } else this._refresh();
    if (option !== "outline") this.draw();
    if (option === "pairs") this.stage.start();
    this._buttons();
  }

  _refresh() {
    this.newScene();
    this._buttons();
  }

  turnTheme() {
    const { dataset } = document.documentElement;
    const dark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    dataset.theme = dark ? "light" : "dark";
    this._repaint();
  }

  _repaint() {
    if (this.marks.sorted.length) this.draw(); // heat is a mixture of the theme's colours
    this.minimap.draw();
  }

  async stepBy(by) {
    const count = this.marks.steps.length;
    if (count) await this.showStep(Math.max(0, Math.min(count - 1, (this.wantedStep || 0) + by)));
  }

  async showStep(step) {
    this.wantedStep = step;
    await this.marks.show(step);
    if (this.wantedStep !== step) return; // a later one was asked for meanwhile
    this.boxes.forget();
    byId("step").value = step;
    byId("step-name").textContent = plain(this.marks.steps[step]);
    byId("step").setAttribute("aria-valuetext", this.marks.steps[step]);
    this.draw();
    if (this.selected) this.card.show(this.selected);
  }

  // -- the page around the drawing

  say(text) {
    byId("status").textContent = text;
    byId("status").classList.add("fresh");
    clearTimeout(this.silence);
    this.silence = setTimeout(() => byId("status").classList.remove("fresh"), 3500);
  }

  focusStage() {
    byId("canvas").focus();
  }

  help() {
    byId("keys").replaceChildren(
      ...KEYS.map(([key, text]) => html("tr", {}, html("th", {}, key), html("td", {}, text))),
    );
    byId("help").showModal();
  }

  _controls() {
    const acts = {
      expand: () => this.expandAll(),
      collapse: () => this.collapseAll(),
      fit: () => this.stage.fit(),
      theme: () => this.turnTheme(),
      closer: () => this.stage.zoom(1.25),
      farther: () => this.stage.zoom(0.8),
      print: () => window.print(),
      keyboard: () => this.help(),
      svg: () =>
        download(
          `${document.title.replace(/[^\w.-]+/g, "_").slice(0, 80) || "graph"}.svg`,
          exportedSvg(this),
          "image/svg+xml",
        ),
    };
    for (const button of document.querySelectorAll("[data-act]"))
      button.addEventListener("click", acts[button.dataset.act]);
    for (const button of document.querySelectorAll("[data-flip]"))
      button.addEventListener("click", () => this.flip(button.dataset.flip));
    document.querySelector("[data-flip=pairs]").hidden = !this.overlay.pairs.length;
    this._buttons();
    document.body.classList.toggle("embedded", this.embedded);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this._repaint());
    new ResizeObserver(() => this.stage.resized()).observe(this.stage.root);
  }

  _buttons() {
    for (const button of document.querySelectorAll("[data-flip]"))
      button.setAttribute("aria-pressed", String(this.options[button.dataset.flip]));
  }

  _legend() {
    const { graph, overlay } = this,
      names = {
        op: "operation",
        input: "input",
        variable: "variable",
        constant: "constant",
        gradient: "gradient",
        update: "update",
        scope: "scope",
      };
    const kinds = new Set(graph.kind.slice(1));
    const tones = overlay.legend.map(([tone, text]) =>
      html("li", {}, html("span", { class: `swatch t-${tone}` }), plain(text)),
    );
    const plainKinds = Object.keys(names)
      .filter(kind => kinds.has(kind))
      .map(kind => html("li", {}, html("span", { class: `swatch k-${kind}` }), names[kind]));
    if ([...this.marks.base.values()].some(mark => mark.heat !== undefined))
      tones.push(html("li", {}, html("span", { class: "swatch warmth" }), "share of the whole"));
    byId("legend").replaceChildren(...(tones.length ? [...tones, html("li", { class: "break" })] : []), ...plainKinds);
    byId("overlay-title").textContent = plain(overlay.title);
    byId("counts").textContent = `${counted(graph.ops.length, "operation")}, ${counted(graph.from.length, "edge")}`;
  }

  _steps() {
    const { steps } = this.marks,
      slider = byId("step");
    byId("steps").hidden = !steps.length;
    if (!steps.length) return;
    slider.max = steps.length - 1;
    slider.addEventListener("input", () => this.showStep(Number(slider.value)));
    byId("play").addEventListener("click", () => {
      const playing = byId("play").getAttribute("aria-pressed") === "true";
      byId("play").setAttribute("aria-pressed", String(!playing));
      clearInterval(this.playing);
      if (playing) return;
      this.playing = setInterval(() => this.showStep((this.wantedStep + 1) % steps.length), 700);
    });
    return this.showStep(0);
  }
}

function withAbove(graph, items) {
  const all = new Set(items);
  for (const item of items) for (let i = graph.parent[item]; i >= 0 && !all.has(i); i = graph.parent[i]) all.add(i);
  return all;
}

const store = new Store();
const app = new App(await store.part("graph"), store);
document.documentElement.dataset.ready = "true";
