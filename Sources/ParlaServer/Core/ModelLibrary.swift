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

  var recognizer: Recognizer { scheduler.recognizer }

  /// Who made it.
  var author: String {
    let author = recognizer.metadata.author
    return author.isEmpty ? "parla" : author
  }

  /// Its language as BCP 47 writes it, such as "en-US"; nil if the model does not name one.
  var namedLanguage: String? {
    let language = recognizer.metadata.language.split(separator: "_").joined(separator: "-")
    let isTag =
      language.range(of: "^[a-z]{2,3}(-[A-Za-z0-9]+)*$", options: .regularExpression) != nil
    return isTag ? language : nil
  }

  /// The same, and English if the model does not name one, as DeepSpeech's models do not.
  var language: String { namedLanguage ?? "en" }

  /// The language without its country.
  var shortLanguage: String { String(language.split(separator: "-").first ?? "en") }

  /// Makes sure that the model knows `language`, as clients write it.
  func check(language: String?) throws(RequestFailure) {
    guard let language, !language.isEmpty else { return }
    let own = language.split { $0 == "-" || $0 == "_" }.first.map { $0.lowercased() }
    let isCode = own.map { (2...3).contains($0.count) } ?? false
    guard namedLanguage == nil && isCode || own == shortLanguage || ["auto", "multi"].contains(own)
    else {
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
        created: Int(Date().timeIntervalSince1970))
    }
    models.withLock { models in
      models = loaded + models.filter { model in !names.contains(model.name) }
    }
  }

  /// Serves one more model, or another in the place of one that is called `name`.
  func add(_ name: String, _ recognizer: Recognizer) {
    let model = ServedModel(
      name: name, scheduler: StreamScheduler(recognizer, threadCount: settings.threadCount),
      created: Int(Date().timeIntervalSince1970))
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
