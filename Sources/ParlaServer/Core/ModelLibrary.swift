import Foundation
import ParlaAcousticModel
import ParlaDecoding
import ParlaFiles
import ParlaRecognition
import ParlaTranscripts
import Synchronization

/// A model that is served.
struct ServedModel: Sendable {
  let name: String
  let scheduler: StreamScheduler
  /// When it was read, in seconds since 1970.
  let created: Int
  /// Its language where it names none itself.
  var defaultLanguage: String?

  var recognizer: Recognizer { scheduler.recognizer }

  /// Who made it.
  var author: String {
    let author = recognizer.metadata.author
    return author.isEmpty ? "parla" : author
  }

  /// Its language as BCP 47 writes it, such as "en-US"; nil if neither the model nor the server's settings name one.
  var namedLanguage: String? {
    let language = recognizer.metadata.language.split(separator: "_").joined(separator: "-")
    return ServerSettings.isLanguageTag(language) ? language : defaultLanguage
  }

  /// The same, and "und", undetermined, where none is named.
  var language: String { namedLanguage ?? "und" }

  /// The language of a transcript, without its country: the model's, or else the one that the client has `asked` for.
  func shortLanguage(asked: String? = nil) -> String {
    Self.code(namedLanguage ?? asked ?? "").flatMap { $0 == "auto" ? nil : $0 } ?? "und"
  }

  /// The language of a tag that a client has sent, such as "en" of "en_US".
  private static func code(_ tag: String) -> String? {
    tag.split { $0 == "-" || $0 == "_" }.first.map { $0.lowercased() }
  }

  /// Whether the model names the `language` that a client has sent.
  func names(_ language: String) -> Bool {
    namedLanguage.map { Self.code($0) == Self.code(language) } ?? false
  }

  /// Makes sure that the model knows `language`, as clients write it.
  func check(language: String?) throws(RequestFailure) {
    guard let language, !language.isEmpty, let code = Self.code(language) else { return }
    guard !["auto", "multi", "und"].contains(code) else { return }
    guard (2...3).contains(code.count) else {
      throw .bad(
        "language is \"\(language.prefix(40))\", expected a code such as en or pt-BR.",
        param: "language")
    }
    guard namedLanguage == nil || names(language) else {
      throw .bad(
        "The model \(name) knows \(self.language), not \"\(language.prefix(40))\".",
        param: "language")
    }
  }

  /// Whether words can be preferred: not where each frame's most probable label is read.
  var takesHotWords: Bool { recognizer.decoder != nil }

  /// The scorer's file; nil where there is none.
  var scorerName: String? { recognizer.decoder?.scorer?.path.fileName }
}

/// The models by their names, which can be read again while streams keep those that they have.
final class ModelLibrary: Sendable {
  private let settings: ServerSettings
  private let models = Mutex<[ServedModel]>([])

  /// Families of models whose names clients have built in, often with a number, a date or a purpose after them; all mean the
  /// first model.
  private static let families = [
    "whisper", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe", "nova", "enhanced",
    "base", "general", "default",
  ]

  init(_ settings: ServerSettings) { self.settings = settings }

  /// Reads all models; those that were there stay until all are read.
  func load() throws {
    let loaded = try settings.models.map { model in
      ServedModel(
        name: model.name,
        scheduler: StreamScheduler(try model.load(), threadCount: settings.threadCount),
        created: Int(Date().timeIntervalSince1970), defaultLanguage: settings.language)
    }
    models.withLock { models in
      models = loaded + models.filter { model in !names.contains(model.name) }
    }
  }

  /// Serves one more model, or another in the place of one that is called `name`.
  func add(_ name: String, _ recognizer: Recognizer) {
    let model = ServedModel(
      name: name, scheduler: StreamScheduler(recognizer, threadCount: settings.threadCount),
      created: Int(Date().timeIntervalSince1970), defaultLanguage: settings.language)
    models.withLock { models in
      if let index = models.firstIndex(where: { $0.name == name }) {
        models[index] = model
      } else {
        models.append(model)
      }
    }
  }

  /// The models; empty until they are there.
  var all: [ServedModel] { models.withLock { $0 } }

  /// The names, which are known before the models are.
  var names: [String] { settings.models.map(\.name) }

  /// The model that a client calls `name`; without a name, the first that names the client's `language`, or else the first.
  ///
  /// - Throws: `RequestFailure` where there is none, or where it knows another language.
  func model(_ name: String?, language: String?) throws(RequestFailure) -> ServedModel {
    let model = try model(name)
    if let language, !names.contains(name ?? ""), !model.names(language),
      let other = all.first(where: { $0.names(language) })
    {
      return other
    }
    try model.check(language: language)
    return model
  }

  /// The model that a client calls `name`; without a name the first.
  func model(_ name: String?) throws(RequestFailure) -> ServedModel {
    let models = all
    guard let first = models.first else {
      throw .busy("The model is still being read. Try again in a moment.")
    }
    guard let name, !name.isEmpty else { return first }
    if let named = models.first(where: { $0.name == name }) { return named }
    let known = name.split(separator: ":").first.map(String.init) ?? name
    guard Self.families.contains(where: { known == $0 || known.hasPrefix($0 + "-") }) else {
      throw .notFound(
        "There is no model \"\(name.prefix(80))\". The server has: \(names.joined(separator: ", ")).",
        code: "model_not_found", param: "model")
    }
    return first
  }
}
