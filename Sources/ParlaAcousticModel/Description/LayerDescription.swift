import ParlaNeuralNetwork

/// One layer of a model, as its description names it.
public enum LayerDescription: Sendable, Equatable, Codable {
  /// A weighted sum of all inputs for each of `size` outputs.
  case dense(name: String, size: Int)
  /// A function of each feature alone.
  case activation(name: String, type: Activation, ceiling: Float)
  /// Gives each frame the same mean and deviation, then those it learnt.
  case normalization(name: String)
  /// Leaves out a share of the features in training.
  case dropout(name: String, rate: Float)
  /// A layer with a memory of what it heard.
  case recurrent(name: String, type: RecurrentCell, size: Int)

  /// The functions of each feature alone.
  public enum Activation: String, Sendable, Codable, CaseIterable {
    /// min(max(x, 0), ceiling).
    case clippedReLU = "clipped_relu"
  }

  /// The kinds of memory.
  public enum RecurrentCell: String, Sendable, Codable, CaseIterable {
    /// Long short-term memory.
    case lstm
  }

  /// Unique in its model.
  public var name: String {
    switch self {
    case .dense(let name, _), .activation(let name, _, _), .normalization(let name),
      .dropout(let name, _), .recurrent(let name, _, _):
      name
    }
  }

  /// One line for people: `dense layer_1, 512`.
  public var summary: String {
    switch self {
    case .dense(let name, let size): "dense \(name), \(size)"
    case .activation(_, let type, let ceiling): "\(type.rawValue), at most \(ceiling)"
    case .normalization(let name): "layer normalization \(name)"
    case .dropout(_, let rate): "dropout \(rate)"
    case .recurrent(let name, let type, let size): "\(type.rawValue) \(name), \(size)"
    }
  }
}

extension Network {
  /// The network that `layers` describe, for frames of `inputCount` features.
  package init(_ layers: [LayerDescription], inputCount: Int) {
    var count = inputCount
    let built = layers.enumerated().map { index, description -> any Layer in
      let layer = description.layer(inputCount: count, index: index)
      count = layer.outputCount
      return layer
    }
    self.init(layers: built, inputCount: inputCount)
  }
}

extension LayerDescription {
  fileprivate func layer(inputCount: Int, index: Int) -> any Layer {
    switch self {
    case .dense(let name, let size):
      Dense(name: name, inputCount: inputCount, outputCount: size)
    case .activation(let name, .clippedReLU, let ceiling):
      ClippedReLU(name: name, featureCount: inputCount, ceiling: ceiling)
    case .normalization(let name):
      LayerNormalization(name: name, featureCount: inputCount)
    case .dropout(let name, let rate):
      Dropout(name: name, featureCount: inputCount, rate: rate, index: index)
    case .recurrent(let name, .lstm, let size):
      LSTM(name: name, inputCount: inputCount, unitCount: size)
    }
  }
}
