import ParlaAudio
import ParlaNeuralNetwork

extension AcousticModel {
  /// This model's weights in the network that `description` asks for, when the two have the same parameters.
  ///
  /// What has no parameters may differ, such as dropout.
  ///
  /// - Throws: `ModelError.otherLayers`, `.otherGeometry`, naming what `path` holds and what was asked for.
  package func described(
    as description: ModelDescription, path: String
  ) throws(ModelError) -> AcousticModel {
    let wanted = description.graph
    let found = parameters.specifications
    guard found.map(\.name) == wanted.parameters.map(\.name) else {
      throw .otherLayers(
        path: path, found: layerNames(graph), expected: layerNames(wanted))
    }
    for (found, wanted) in zip(found, wanted.parameters) where found.shape != wanted.shape {
      throw .otherGeometry(
        path: path, parameter: found.name, found: found.shape, expected: wanted.shape)
    }
    return AcousticModel(
      description: description, alphabet: alphabet,
      parameters: Parameters(specifications: wanted.parameters, tensors: parameters.tensors),
      buffers: Parameters(specifications: wanted.buffers, tensors: buffers.tensors),
      metadata: metadata)
  }

  private func layerNames(_ graph: Graph) -> [String] {
    graph.nodes.map(\.layer).filter { !$0.parameters.isEmpty }.map(\.name)
  }
}
