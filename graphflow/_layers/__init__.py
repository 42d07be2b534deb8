"""Floor: layers with variables of their own, losses, streaming metrics, recurrent networks; composed of what lies below."""
