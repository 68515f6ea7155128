import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import ParlaTranscripts

/// The layers of a network that learn something, and what options say of them by name.
struct LearningLayers {
  /// The layers' names in the order in which the data flows.
  let names: [String]

  /// The layer that each of the network's parameters belongs to, as a place in `names`.
  let layerOfParameter: [Int]

  init(_ graph: Graph) {
    let layers = graph.nodes.enumerated().filter { $1.owner == $0 }.map(\.1.layer)
      .filter { !$0.parameters.isEmpty }
    names = layers.map(\.name)
    layerOfParameter = layers.enumerated().flatMap { index, layer in
      layer.parameters.map { parameter in
        // What is tied learns as what it is tied to does.
        layers.firstIndex { $0.parameters.contains { $0.name == parameter.tiedTo } } ?? index
      }
    }
  }

  /// The places in `names` of the layers that `option` lists.
  ///
  /// - Throws: `TrainingError.unknownLayer`.
  func indices(_ listed: some Sequence<String>, option: String) throws(TrainingError) -> Set<Int> {
    var indices: Set<Int> = []
    for name in listed {
      let isStart = name.hasSuffix("*")
      let found = names.indices.filter {
        isStart ? names[$0].hasPrefix(name.dropLast()) : names[$0] == name
      }
      guard !found.isEmpty else {
        throw .unknownLayer(
          option: option, name: name, nearest: nearestName(to: name, among: names) ?? "",
          layers: names)
      }
      indices.formUnion(found)
    }
    return indices
  }

  /// The buffers of `graph`: those of `source` where it has the same and the layer is not dropped, else as they start.
  func buffers(of source: AcousticModel, in graph: Graph, dropped: Set<Int>) -> Parameters {
    var buffers = Parameters(initializing: graph.buffers, seed: 0)
    let droppedNames = Set(dropped.map { names[$0] })
    for node in graph.nodes where !droppedNames.contains(node.layer.name) {
      for index in node.bufferRange {
        let specification = buffers.specifications[index]
        if let found = source.buffers[specification.name], found.shape == specification.shape {
          buffers.tensors[index] = found
        }
      }
    }
    return buffers
  }

  /// The positions in `names` of the layers that are reinitialised by `settings`.
  ///
  /// - Throws: `TrainingError.unknownLayer`, `.badSetting`.
  func dropped(_ settings: TransferSettings) throws(TrainingError) -> Set<Int> {
    guard settings.droppedLayerCount >= 0 else {
      throw .badSetting(
        name: "--drop-source-layers", found: "\(settings.droppedLayerCount)", expected: "0 or more")
    }
    let fromTop = names.indices.dropFirst().suffix(settings.droppedLayerCount)
    var dropped = try indices(settings.droppedLayers, option: "--drop-layers").union(fromTop)
    if let kept = settings.keptLayers {
      let kept = try indices(kept, option: "--keep-layers")
      if let both = dropped.intersection(kept).min() {
        throw .badSetting(
          name: "--keep-layers", found: "\(names[both]), which is dropped as well",
          expected: "layers that --drop-layers and --drop-source-layers do not name")
      }
      dropped.formUnion(names.indices.filter { !kept.contains($0) })
    }
    return dropped
  }
}
