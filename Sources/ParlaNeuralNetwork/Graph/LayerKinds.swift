/// The kinds of layers that descriptions may name; a new kind is one entry here and one file in `Layers`.
package enum LayerKinds {
  /// All of them.
  package static let all: [any Layer.Type] = [
    Dense.self,
    ClippedReLU.self,
    Activation<ReLU>.self,
    Activation<GELU>.self,
    Activation<SiLU>.self,
    Activation<Tanh>.self,
    Activation<Sigmoid>.self,
    Activation<HardSigmoid>.self,
    Activation<KerasHardSigmoid>.self,
    Activation<ELU>.self,
    Activation<Softplus>.self,
    Activation<Softsign>.self,
    Softmax.self,
    LogSoftmax.self,
    GLU.self,
    LayerNormalization.self,
    RMSNormalization.self,
    GroupNormalization.self,
    Dropout.self,
    LayerDrop.self,
    Masking.self,
    Highway.self,
    HighwayMerge.self,
    LSTM.self,
    GRU.self,
    SimpleRNN.self,
    KerasGRU.self,
    KerasLSTM.self,
    SRU.self,
    Bidirectional.self,
    Convolution1D.self,
    Convolution2D.self,
    Convolution3D.self,
    BatchNormalization.self,
    RowConvolution.self,
    Attention.self,
    PositionalEncoding.self,
    Pooling.self,
    Merge.self,
    Embedding.self,
    Reshape.self,
    Transpose.self,
    Collect.self,
    Spread.self,
    LastFrame.self,
    Repeat.self,
    SwapBatch.self,
    JoinBatches.self,
  ]

  /// The kind that descriptions call `name`.
  package static func named(_ name: String) -> (any Layer.Type)? { all.first { $0.kind == name } }

  /// The kinds that may be written as `family`, with their own name as `type`.
  package static func inFamily(_ family: String) -> [any Layer.Type] {
    all.filter { $0.family == family }
  }

  /// All keys that a description may use: kinds, and families with a `type`.
  package static var keys: [String] {
    var keys: [String] = []
    for key in all.flatMap({ [$0.family, $0.kind] }).compactMap(\.self) where !keys.contains(key) {
      keys.append(key)
    }
    return keys
  }
}
