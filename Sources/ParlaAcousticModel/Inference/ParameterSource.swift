import ParlaAudio
import ParlaNeuralNetwork

/// Where a network's parameters come from, by their names: a model in memory, or a file in one format or another.
struct ParameterSource {
  /// A parameter as floats.
  let tensor: (ParameterSpecification) throws(ModelError) -> Tensor

  /// A weight matrix as inference reads it.
  let weights: (ParameterSpecification) throws(ModelError) -> WeightMatrix
}

extension InferenceNetwork {
  /// The network of `description` with the parameters of `source`.
  init(_ description: ModelDescription, _ source: ParameterSource) throws(ModelError) {
    let network = Network(description.layers, inputCount: description.features.inputCount)
    var stages: [Stage] = []
    for (layer, description) in zip(network.layers, description.layers) {
      stages.append(try Stage(description, layer, source))
    }
    self.init(stages)
  }
}

extension InferenceNetwork.Stage {
  /// The stage that `description` describes; `layer` itself where inference has none of its own.
  fileprivate init(
    _ description: LayerDescription, _ layer: any Layer, _ source: ParameterSource
  ) throws(ModelError) {
    let parameters = layer.parameters
    if case .activation(_, .clippedReLU, let ceiling) = description {
      self = .clippedReLU(ceiling: ceiling)
    } else if case .dense = description, parameters.count == 2 {
      self = .dense(
        weights: try source.weights(parameters[0]), bias: try source.tensor(parameters[1]))
    } else if case .recurrent(_, .lstm, _) = description, parameters.count == 3 {
      self = .lstm(
        inputWeights: try source.weights(parameters[0]),
        recurrentWeights: try source.weights(parameters[1]),
        bias: try source.tensor(parameters[2]))
    } else {
      var tensors: [Tensor] = []
      for parameter in parameters { tensors.append(try source.tensor(parameter)) }
      self = .other(layer, parameters: tensors)
    }
  }
}
