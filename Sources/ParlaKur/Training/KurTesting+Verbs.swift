extension KurTesting {
  /// Tells the loss of `kurfile`'s model on the data of its section `test`.
  ///
  /// - Throws: `KurError`, and errors of data and weights.
  package static func test(
    _ kurfile: Kurfile, _ conventions: KurConventions, plugins: KurPlugins? = nil,
    _ services: KurServices
  ) throws {
    defer { plugins?.finish() }
    let weights = try Self.weights(kurfile, "test", services)
    let services = services.using(weights)
    let testing = try KurTesting(kurfile, section: "test", plugins: plugins, services)
    let model = try model(kurfile, weights, testing, conventions, services)
    let losses = try KurLoss.all(kurfile, outputs: model.outputNames)
    let session = try KurSession(model, losses: losses, optimizer: nil, services)
    guard try testing.run(session, verb: "Testing", title: "Test") != nil else {
      throw noData("test")
    }
  }

  /// Writes what comes out of `kurfile`'s model for the data of its section `evaluate`.
  ///
  /// - Throws: `KurError`, and what is wrong with data and weights.
  package static func evaluate(
    _ kurfile: Kurfile, _ conventions: KurConventions, plugins: KurPlugins? = nil,
    _ services: KurServices
  ) throws {
    defer { plugins?.finish() }
    let destination = try OutputHook.destination(kurfile.settings(of: "evaluate"), services)
    let weights = try Self.weights(kurfile, "evaluate", services)
    let services = services.using(weights)
    let testing = try KurTesting(kurfile, section: "evaluate", plugins: plugins, services)
    let model = try model(kurfile, weights, testing, conventions, services)
    let session = try KurSession(model, losses: [], optimizer: nil, services)
    try testing.evaluate(session, destination: destination)
  }

  /// The weights of `section`, which are read before its data; nil where there are none.
  private static func weights(
    _ kurfile: Kurfile, _ section: String, _ services: KurServices
  ) throws -> WeightSource? {
    let path = try WeightPlan.initial(kurfile.settings(of: section))
    if let path, WeightSource.isThere(path) { return try WeightSource(path: path) }
    services.note(
      "\(path ?? "\(section).weights"): there are no weights, so the model is as random as before "
        + "training. Results will be terrible.")
    return nil
  }

  private static func model(
    _ kurfile: Kurfile, _ weights: WeightSource?, _ testing: KurTesting,
    _ conventions: KurConventions, _ services: KurServices
  ) throws -> KurModel {
    var model = try KurModel(kurfile, conventions, testing.sets.first?.provider, services)
    if let weights { try model.load(weights, services) }
    return model
  }
}

extension KurServices {
  /// Services for data that come to a model with `weights`.
  fileprivate func using(_ weights: WeightSource?) -> KurServices {
    var services = self
    services.trainedWeights = weights?.path
    return services
  }
}
