extension Kurfile {
  /// The section `name`, by any of the names that it may have.
  package func section(_ name: String) -> PythonValue? {
    let names = Self.sectionNames(name)
    return names.lazy.compactMap { data[$0] }.first
  }

  /// The settings of the section `name`.
  ///
  /// - Throws: `KurError.section` where it is missing or no mapping.
  package func settings(of name: String) throws(KurError) -> KurSettings {
    guard let value = section(name), value.isTrue else {
      throw .section(
        path: path, place: name, found: "no such section", expected: "one, with data")
    }
    return try KurSettings(value, path: path, place: name)
  }

  /// The seed of `settings.seed`; nil without one.
  package var seed: UInt64? {
    get throws(KurError) {
      guard let value = section("settings")?.dictionary?["seed"] else { return nil }
      if case .none = value { return nil }
      guard let seed = value.integer, let seed = UInt32(exactly: seed) else {
        throw .section(
          path: path, place: "settings.seed", found: value.representation,
          expected: "a whole number from 0 to 4294967295")
      }
      return UInt64(seed)
    }
  }

  /// The data sets of the section `name`, of which there are several if its data is a mapping of names to lists.
  ///
  /// - Throws: `KurError`, and what is wrong with the data.
  package func providers(
    of name: String, _ services: KurServices
  ) throws -> [(name: String, provider: BatchProvider)] {
    let settings = try settings(of: name)
    guard let sets = settings["data"]?.dictionary else {
      return [("default", try provider(of: name, services))]
    }
    return try sets.pairs.map { key, data in
      (key.text, try provider(of: name, data, place: "\(name).data.\(key.text)", services))
    }
  }

  /// What makes batches of the data of the section `name`.
  ///
  /// - Throws: `KurError`, and what is wrong with the data.
  package func provider(
    of name: String, _ services: KurServices
  ) throws -> BatchProvider {
    try provider(of: name, settings(of: name)["data"], place: "\(name).data", services)
  }

  private func provider(
    of name: String, _ data: PythonValue?, place: String, _ services: KurServices
  ) throws -> BatchProvider {
    let provider = try BatchProvider(
      KurSuppliers.make(data, path: path, place: place, services),
      settings(of: name).settings("provider"), mayShuffle: !["test", "evaluate"].contains(name),
      services)
    guard provider.entryCount > 0 else {
      throw KurError.section(
        path: path, place: place, found: "no entry",
        expected: "one or more")
    }
    return provider
  }
}
