"""One op, one paragraph: function, shape rule, gradient."""
