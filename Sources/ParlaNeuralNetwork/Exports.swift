// Whoever sees a layer sees what it computes on: tensors, sequences of them, and the compute.
@_exported public import ParlaCPU
