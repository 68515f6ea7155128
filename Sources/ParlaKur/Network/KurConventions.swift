import ParlaDescriptions

/// Whose arithmetic a model follows: that of the program under Kur, which its backends do not share.
package struct KurConventions: Sendable, Equatable {
  /// What computes under Kur.
  package enum Backend: Sendable, Equatable {
    /// Keras, on TensorFlow or Theano.
    case keras(isTheano: Bool)
    /// PyTorch.
    case pytorch
    /// No backend: the Kurfile names none, and the behaviour is what Kur's author intended.
    case parla
  }

  /// Where batch normalisation takes mean and variance from.
  package enum BatchStatistics: String, Sendable {
    /// The batch's in training, running ones else.
    case usual
    /// Always the batch's.
    case batch
    /// Always those that are stored, which never change.
    case running
  }

  package var backend: Backend
  package var kerasVersion: KerasVersion

  /// Follows `backend`, and the version of Keras where it is Keras.
  package init(backend: Backend, kerasVersion: KerasVersion = .usual) {
    self.backend = backend
    self.kerasVersion = kerasVersion
  }

  /// What `settings.backend` of an evaluated Kurfile names.
  ///
  /// - Throws: `KurError.section` for a backend that Kur has not.
  package init(_ kurfile: Kurfile, kerasVersion: KerasVersion = .usual) throws(KurError) {
    let given = kurfile.data["settings"]?.dictionary?["backend"] ?? .none
    let name = given.string ?? given.dictionary?["name"]?.string
    func failure(_ place: String, _ found: String, _ known: [String]) -> KurError {
      let suggestion = nearest(found, known).map { "; did you mean \($0)?" } ?? ""
      return .section(
        path: kurfile.path, place: place, found: found + suggestion,
        expected: known.joined(separator: " or "))
    }
    switch name ?? (given.dictionary == nil ? nil : "keras") {
    case nil: self.init(backend: .parla, kerasVersion: kerasVersion)
    case "pytorch"?: self.init(backend: .pytorch, kerasVersion: kerasVersion)
    case "keras"?:
      let engine = given.dictionary?["backend"]?.string ?? "tensorflow"
      guard ["tensorflow", "theano"].contains(engine) else {
        throw failure("settings.backend.backend", engine, ["tensorflow", "theano"])
      }
      self.init(backend: .keras(isTheano: engine == "theano"), kerasVersion: kerasVersion)
    case let name?: throw failure("settings.backend", name, ["keras", "pytorch"])
    }
  }

  var isKeras: Bool { if case .keras = backend { true } else { false } }
  var isTheano: Bool { backend == .keras(isTheano: true) }
  var isPyTorch: Bool { backend == .pytorch }
  var isKeras1: Bool { isKeras && kerasVersion.numbers[0] == 1 }

  var batchStatistics: BatchStatistics {
    switch backend {
    case .keras: kerasVersion.numbers.lexicographicallyPrecedes([2, 0, 4]) ? .batch : .running
    case .pytorch: .batch
    case .parla: .usual
    }
  }
}

/// A version of Keras, on which the meaning of batch normalisation depends.
package struct KerasVersion: Sendable, Equatable, CustomStringConvertible {
  /// Major, minor and patch number.
  let numbers: [Int]

  /// As people write it.
  package var description: String { numbers.map(String.init).joined(separator: ".") }

  /// The version that Kur 0.7 came with last.
  package static let usual = KerasVersion(numbers: [2, 0, 4])

  private init(numbers: [Int]) { self.numbers = numbers }

  /// Reads a version such as `2.0.4`; nil where `text` is none.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...3).contains(parts.count), parts.allSatisfy({ ($0 ?? -1) >= 0 }) else { return nil }
    let given = parts.compactMap(\.self)
    guard given[0] == 1 || given[0] == 2 else { return nil }
    numbers = given + [0, 0, 0].dropFirst(given.count)
  }
}
