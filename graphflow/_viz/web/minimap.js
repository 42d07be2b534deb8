// The whole graph in a corner, and which part of it is in sight.

class Minimap {
  constructor(app) {
    this.app = app;
    this.canvas = byId("minimap");
    const go = event => {
      if (event.buttons !== 1) return;
      const { stage } = this.app,
        { left, top } = this.canvas.getBoundingClientRect(),
        { k } = stage.view;
      const x = (event.clientX - left - this.at.x) / this.at.k,
        y = (event.clientY - top - this.at.y) / this.at.k;
      stage.move({ k, x: stage.size.width / 2 - x * k, y: stage.size.height / 2 - y * k });
    };
    this.canvas.addEventListener("pointerdown", event => {
      this.canvas.setPointerCapture(event.pointerId);
      go(event);
    });
    this.canvas.addEventListener("pointermove", go);
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this._draw();
    });
  }

  _draw() {
    const { canvas, app } = this,
      { scene, view, size } = app.stage;
    const ratio = devicePixelRatio || 1,
      width = canvas.clientWidth,
      height = canvas.clientHeight;
    const whole =
      view.x >= 0 &&
      view.y >= 0 &&
      view.x + scene.width * view.k <= size.width &&
      view.y + scene.height * view.k <= size.height;
    canvas.classList.toggle("idle", whole);
    if (!width || !scene.width || whole) return;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const pen = canvas.getContext("2d");
    const k = Math.min((width - 12) / scene.width, (height - 12) / scene.height);
    this.at = { k, x: (width - scene.width * k) / 2, y: (height - scene.height * k) / 2 };
    pen.setTransform(ratio * k, 0, 0, ratio * k, ratio * this.at.x, ratio * this.at.y);
    const least = 1.2 / k;
    const rect = ({ x, y, width: w, height: h }) => pen.fillRect(x, y, Math.max(w, least), Math.max(h, least));
    pen.fillStyle = app.colour("frame");
    scene.frames.forEach(rect);
    for (const box of scene.boxes) {
      const look = app.boxes.of(box.item);
      pen.fillStyle = app.colour(look.tone ? `tone-${look.tone}-line` : `${look.kind}-line`);
      rect(box);
    }
    pen.strokeStyle = app.colour("chosen");
    pen.lineWidth = 1.5 / k;
    pen.strokeRect(-view.x / view.k, -view.y / view.k, size.width / view.k, size.height / view.k);
  }
}
