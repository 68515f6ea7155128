package import ParlaNeuralNetwork

extension GraphWeights {
  /// These weights of `graph`, read from `path`, if all of their numbers are finite: computing
  /// with others gives nonsense.
  ///
  /// - Throws: `ModelError.notFinite` with the name of the tensor.
  package func finite(_ graph: Graph, path: String) throws(ModelError) -> GraphWeights {
    for (node, weights) in zip(graph.nodes, nodes) {
      let layer = graph.nodes[node.owner].layer
      let names = (layer.parameters + layer.buffers).map(\.name)
      for (name, weight) in zip(names, weights.weights) where !weight.isFinite {
        throw .notFinite(path: path, tensor: name)
      }
    }
    return self
  }
}

extension Weight {
  fileprivate var isFinite: Bool {
    switch self {
    case .tensor(let tensor): tensor.isFinite
    case .matrix(let matrix, _): matrix.isFinite
    }
  }
}
