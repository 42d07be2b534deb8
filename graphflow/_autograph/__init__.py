"""AutoGraph: functions of Python whose branches and loops, where they depend on tensors, become operations.

From the source on: `source` finds the syntax tree of a function, `jumps` makes flags of break, continue and return, `lists` and
`expressions` give operators and calls to the runtime, `control_flow` makes functions of branches and of the bodies of loops, and
`conversion` puts it together. Then at run time, which is when a graph is built: `runtime` is what converted code calls, and
`branches`, `loops`, `builtin_functions` and `tensor_lists` decide what is Python and what is an operation.
"""
