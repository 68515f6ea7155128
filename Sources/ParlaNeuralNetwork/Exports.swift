// Clients of layers also need what layers compute on: tensors, sequences of them, and the compute.
@_exported public import ParlaCPU
