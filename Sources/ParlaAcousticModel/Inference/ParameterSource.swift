import ParlaAudio
package import ParlaNeuralNetwork

/// Where a graph's weights come from, by their names: a model in memory, or a file in one format or another.
package struct ParameterSource {
  /// A parameter or buffer as floats.
  package let tensor: (ParameterSpecification) throws(ModelError) -> Tensor

  /// A product's weight as recognition reads it, with numbers of that precision.
  package let weights: (ParameterSpecification, WeightPrecision) throws(ModelError) -> WeightMatrix

  /// Joins the two.
  package init(
    tensor: @escaping (ParameterSpecification) throws(ModelError) -> Tensor,
    weights: @escaping (ParameterSpecification, WeightPrecision) throws(ModelError) -> WeightMatrix
  ) {
    self.tensor = tensor
    self.weights = weights
  }
}

extension GraphWeights {
  /// The weights of `graph` as recognition reads them.
  ///
  /// What a layer makes of the graph's inputs is multiplied in 16 bits even where weights are bytes: features differ much in
  /// size, so 8 bits are too few for the small ones. For the same reason its weights are bytes where others have four bits.
  package init(
    _ graph: Graph, _ source: ParameterSource, precision: WeightPrecision
  ) throws(ModelError) {
    let precisionAtInputs = precision == .int4 ? .int8 : precision
    var nodes: [LayerWeights] = []
    for node in graph.nodes {
      let layer = graph.nodes[node.owner].layer
      var weights: [Weight] = []
      for parameter in layer.parameters {
        weights.append(
          parameter.isProductWeight
            ? .matrix(
              try source.weights(parameter, node.seesInput ? precisionAtInputs : precision),
              needsFineInputs: node.seesInput)
            : .tensor(try source.tensor(parameter)))
      }
      for buffer in layer.buffers { weights.append(.tensor(try source.tensor(buffer))) }
      nodes.append(LayerWeights(weights))
    }
    self.init(nodes: nodes)
  }
}
