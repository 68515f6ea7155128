/// What happens in a training.
package struct KurEvent: Sendable {
  /// What it is.
  package enum Kind: String, Sendable {
    case trainingStart = "training_start"
    case epochEnd = "epoch_end"
    case validationEnd = "validation_end"
    case trainingEnd = "training_end"
    case prediction
  }

  /// What it is.
  package let kind: Kind

  /// What is known of it, in the order in which people read it.
  package let details: [(name: String, value: PythonValue)]

  /// An event with what is known of it.
  package init(_ kind: Kind, _ details: [(name: String, value: PythonValue)] = []) {
    self.kind = kind
    self.details = details
  }
}

/// What came out of a model, or what a hook made of it, with what should have come out.
package struct HookData: Sendable {
  /// The result.
  package enum Content: Sendable {
    /// What came out, by the names of outputs.
    case outputs([String: KurColumn])
    /// A text that was read from it.
    case text(String)
    /// Texts, by the names of outputs.
    case texts([(name: String, text: String)])
  }

  /// The result.
  package var content: Content

  /// The first batch that it came of; nil if there was none.
  package var batch: KurBatch?

  /// What should have come out: all that the first batch has after a test, what the data have of the outputs' names after an
  /// evaluation; nil if that is not known.
  package var truth: KurBatch?

  /// The text that should have come out, as a hook read it.
  package var truthText: String?

  /// What came out, by the names of outputs; nil where a hook has made something else of it.
  package var outputs: [String: KurColumn]? {
    if case .outputs(let outputs) = content { outputs } else { nil }
  }

  init(outputs: [String: KurColumn], batch: KurBatch?, truth: KurBatch?) {
    content = .outputs(outputs)
    self.batch = batch
    self.truth = truth
  }

  init(text: String, truth: String?, batch: KurBatch?) {
    content = .text(text)
    truthText = truth
    self.batch = batch
  }
}

/// Actions during a training or after a test.
package protocol KurHook: Sendable {
  /// What Kurfiles call it.
  static var kind: String { get }

  /// The names of settings that are given without names, in their order.
  static var settingOrder: [String] { get }

  /// Reads the settings.
  ///
  /// - Throws: `KurError.section`.
  init(_ settings: KurSettings, _ services: KurServices) throws

  /// Receives the events of a training.
  func notify(_ event: KurEvent, _ log: KurLog) throws

  /// Makes something of `current`, which the hook before it made of `original`.
  func apply(
    _ current: HookData, original: HookData, _ vocabulary: (_ source: String) -> SpeechVocabulary?
  ) throws -> HookData
}

extension KurHook {
  package static var settingOrder: [String] { [] }

  package func notify(_ event: KurEvent, _ log: KurLog) throws {}

  package func apply(
    _ current: HookData, original: HookData, _ vocabulary: (_ source: String) -> SpeechVocabulary?
  ) throws -> HookData { current }
}

/// The hooks that Kurfiles may name.
package enum KurHooks {
  /// All of them.
  package static let all: [any KurHook.Type] = [
    TranscriptHook.self, PlotHook.self, OutputHook.self, TextHook.self, MNISTHook.self,
    SlackHook.self, KurhubHook.self,
  ]

  /// The hooks of a section, `hooks` in its settings.
  ///
  /// - Throws: `KurError.section` for what names none, and for wrong settings.
  package static func make(
    _ section: KurSettings, _ services: KurServices
  ) throws -> [any KurHook] {
    guard let value = section["hooks"] else { return [] }
    guard let entries = value.sequence else {
      throw section.problem("hooks", "a \(value.typeName)", "a list, such as [transcript]")
    }
    return try entries.enumerated().compactMap { index, entry in
      let names = all.map { $0.kind }
      let mapping =
        entry.string.map { PythonDictionary([(.string($0), .none)]) } ?? entry.dictionary
        ?? PythonDictionary()
      guard let type = all.first(where: { mapping[$0.kind] != nil }) else {
        let suggestion =
          mapping.keys.lazy.compactMap { nearest($0.text, names) }.first
          .map { "; did you mean \($0)?" } ?? ""
        throw section.problem(
          "hooks[\(index)]",
          mapping.keys.map(\.text).joined(separator: ", ") + suggestion,
          names.joined(separator: ", "))
      }
      if let when = mapping["when"], !when.isTrue { return nil }
      let settings = KurSuppliers.named(mapping[type.kind], type.settingOrder)
      return try type.init(
        KurSettings(
          settings, path: section.path, place: "\(section.place).hooks[\(index)].\(type.kind)"),
        services)
    }
  }
}
