import ParlaNeuralNetwork

/// What `kur build` does: makes the model of a Kurfile with the shapes that its data have.
package struct KurBuild: Sendable {
  /// The section that the model is built for.
  package enum Variant: String, Sendable, CaseIterable {
    case none, train, test, evaluate, auto
  }

  /// The model.
  package let network: KurNetwork

  /// What was done, a line for each step.
  package let steps: [String]

  /// Builds the model of `kurfile`, which is evaluated.
  ///
  /// As in Kur, `auto` takes the first of train, test and evaluate that has data, else the first that is there; without any, or
  /// with `isBare`, no data are read.
  ///
  /// - Throws: `KurError`, and what is wrong with the data.
  package init(
    _ kurfile: Kurfile, _ variant: Variant, isBare: Bool, kerasVersion: KerasVersion = .usual,
    _ services: KurServices
  ) throws {
    let section = try Self.section(kurfile, variant)
    var steps: [String] = []
    var shapes: [String: [Int?]] = [:]
    if let section {
      steps.append("Trying to build a \"\(section)\" model.")
      let settings = try Self.checked(kurfile, section, services)
      if settings["data"] != nil, !isBare {
        let provider = try kurfile.provider(of: section, services)
        for name in provider.sourceNames { shapes[name] = try provider.shape(of: name) }
      }
    } else {
      steps.append("Trying to build a bare model.")
    }
    let conventions = try KurConventions(kurfile, kerasVersion: kerasVersion)
    steps += conventions.steps
    network = try KurNetwork(kurfile, conventions, inputShapes: shapes)
    if ["train", "test"].contains(section), !isBare || kurfile.section("loss") != nil {
      _ = try KurLoss.all(kurfile, outputs: network.outputs.map(\.name))
    }
    let count = network.graph.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    steps.append(
      "Model is ready for use: \(network.layers.count) layers, \(count) numbers to learn.")
    self.steps = steps + network.notes
  }

  /// The settings of `section`, once all that its verb will refuse is found to be right.
  private static func checked(
    _ kurfile: Kurfile, _ section: String, _ services: KurServices
  ) throws -> KurSettings {
    if section == "train" { return try TrainingPlan(kurfile, services).settings }
    let settings = try kurfile.settings(of: section)
    _ = try WeightPlan.initial(settings)
    _ = try KurHooks.make(settings, services)
    if section == "evaluate" { _ = try OutputHook.destination(settings, services) }
    return settings
  }

  private static func section(
    _ kurfile: Kurfile, _ variant: Variant
  ) throws(KurError) -> String? {
    switch variant {
    case .none: return nil
    case .auto:
      let there = ["train", "test", "evaluate"].filter { kurfile.section($0)?.isTrue == true }
      return there.first { kurfile.section($0)?.dictionary?["data"] != nil } ?? there.first
    default:
      _ = try kurfile.settings(of: variant.rawValue)
      return variant.rawValue
    }
  }

  /// The layers with their shapes, and how many numbers each learns.
  package var listing: [String] {
    let counts = Dictionary(
      network.graph.nodes.map { node in
        (node.layer.name, node.layer.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) })
      }, uniquingKeysWith: { first, _ in first })
    return network.layers.map { layer in
      let shape = (["batch"] + layer.shape.map { $0.map(String.init) ?? "frames" })
        .joined(separator: ", ")
      let count = counts[layer.node] ?? 0
      return "\(layer.name): \(layer.kind) [\(shape)]" + (count > 0 ? ", \(count) numbers" : "")
        + (layer.inputs.isEmpty ? "" : ", of " + layer.inputs.joined(separator: ", "))
    }
  }
}

extension KurConventions {
  /// What Kur says of its backend.
  fileprivate var steps: [String] {
    switch backend {
    case .keras(let isTheano):
      [
        "Creating backend: keras",
        "The \(isTheano ? "theano" : "tensorflow") backend for Keras has been requested.",
      ]
    case .pytorch: ["Creating backend: pytorch"]
    case .parla: ["Creating backend: parla"]
    }
  }
}
