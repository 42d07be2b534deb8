// The parts of the file: each is JSON, deflated, in base64, and is read only when it is wanted.

class Store {
  constructor() {
    this.parts = new Map();
    this.ready = new Map(); // parts that have been read
  }

  part(id) {
    if (!this.parts.has(id)) {
      const reading = inflated(document.getElementById(`part-${id}`).textContent);
      this.parts.set(
        id,
        reading.then(value => (this.ready.set(id, value), value)),
      );
    }
    return this.parts.get(id);
  }
}

async function inflated(base64) {
  const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
