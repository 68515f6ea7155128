import Foundation

extension KurTesting {
  /// Tells the loss of `kurfile`'s model on the data of its section `test`.
  ///
  /// - Throws: `KurError`, and errors of data and weights.
  package static func test(
    _ kurfile: Kurfile, _ conventions: KurConventions, plugins: KurPlugins? = nil,
    _ services: KurServices
  ) throws {
    defer { plugins?.finish() }
    let testing = try KurTesting(kurfile, section: "test", plugins: plugins, services)
    let model = try model(kurfile, "test", testing, conventions, services)
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
    let settings = try kurfile.settings(of: "evaluate")
    let testing = try KurTesting(kurfile, section: "evaluate", plugins: plugins, services)
    let model = try model(kurfile, "evaluate", testing, conventions, services)
    var destination: (any KurHook)?
    if let value = settings["destination"] {
      destination = try OutputHook(
        KurSettings(
          KurSuppliers.named(value, OutputHook.settingOrder), path: kurfile.path,
          place: "evaluate.destination"), services)
    }
    let session = try KurSession(model, losses: [], optimizer: nil, services)
    try testing.evaluate(session, destination: destination)
  }

  private static func model(
    _ kurfile: Kurfile, _ section: String, _ testing: KurTesting, _ conventions: KurConventions,
    _ services: KurServices
  ) throws -> KurModel {
    var model = try KurModel(kurfile, conventions, testing.sets.first?.provider, services)
    let path = try WeightPlan.initial(kurfile.settings(of: section))
    if let path, FileManager.default.fileExists(atPath: path) {
      try model.load(path, services)
    } else {
      services.note(
        "\(path ?? "\(section).weights"): there are no weights, so the model is as random as before "
          + "training. Results will be terrible.")
    }
    return model
  }
}
