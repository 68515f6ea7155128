import Foundation
import ParlaCorpus
import ParlaFiles
import ParlaRecognition
import ParlaTranscripts

/// Trains on the corpus, and lets the result be tried.
extension CorpusSite {
  /// Begins a training, or resumes the one that was interrupted.
  func train(_ site: Site, _ body: RequestBody) async throws -> Answer {
    let fields = try await RequestFields(
      body, known: ["epochs", "transfer", "resume", "language"])
    let epochs = try fields.number("epochs", in: 1...1000) ?? 30
    let transfers = try fields.truth("transfer") ?? true
    let resumes = try fields.truth("resume") ?? false
    let language = try fields.text("language") ?? servedLanguage(site) ?? ""
    guard language.isEmpty || ServerSettings.isLanguageTag(language) else {
      throw RequestFailure.bad(
        "language: found \"\(language.prefix(40))\", expected a tag such as it or pt-BR.",
        param: "language")
    }
    guard !folder.snapshot.clips.isEmpty else {
      throw RequestFailure.bad("Nothing is recorded yet.")
    }
    guard !trainingCommand.isEmpty else {
      throw RequestFailure.bad("This server was started without a program that trains.")
    }
    guard !isFormerSaving else {
      throw RequestFailure(
        status: 409,
        message:
          "The training that an earlier server started is still saving. Try again in a moment.")
    }
    try await training.start(in: folder.path) {
      if resumes {
        guard let latest = training.latest, latest.isResumable else {
          throw RequestFailure.bad("There is no training to resume.", param: "resume")
        }
        return (command(latest.request), latest.request)
      }
      let request = try await prepared(
        site,
        TrainingRecord.Request(
          epochs: epochs, source: transfers ? newestModel.map(absolutePath) : nil,
          language: language.isEmpty ? nil : language))
      try removeCheckpoints()
      return (command(request), request)
    }
    return Answer(status: 202, json: report(site))
  }

  /// Writes what `request` trains on, as the model that it starts from writes.
  private func prepared(
    _ site: Site, _ request: TrainingRecord.Request
  ) async throws -> TrainingRecord.Request {
    var request = request
    let alphabet = try await alphabet(of: request.source, site)
    guard alphabet?.isBytes != true else {
      // It writes any sign.
      _ = try folder.writeParts()
      return request
    }
    let spelling = ModelSpelling(alphabet)
    let texts = folder.snapshot.clips.filter { $0.isAccepted != false }.map(\.transcript)
    let spelled = texts.map(spelling.spelled)
    guard spelled.contains(where: { !$0.isEmpty }) else {
      throw RequestFailure.bad("The texts of the recordings have no letters.")
    }
    _ = try folder.writeParts(spelled: spelling.spelled)
    request.notes = spelling.notes(on: texts)
    request.hasAlphabet = alphabet != nil
    if alphabet != nil {
      try Alphabet(labels: spelling.alphabet(for: spelled)).write(to: alphabetPath)
    }
    return request
  }

  /// The alphabet of the model in `source`; nil for none.
  private func alphabet(of source: String?, _ site: Site) async throws -> Alphabet? {
    guard let source else { return nil }
    if source == modelPath.map(absolutePath) { return site.models.all.first?.recognizer.alphabet }
    return try await onOwnThread { try Recognizer(modelPath: source).alphabet }
  }

  private var alphabetPath: String { folder.path.appendingName("alphabet.txt") }

  private func servedLanguage(_ site: Site) -> String? { site.models.all.first?.namedLanguage }

  private func command(_ request: TrainingRecord.Request) -> [String] {
    let at = absolutePath(folder.path).appendingName
    // These lists are divided at commas, which the folder's own name may have: it is where the training runs.
    return trainingCommand + [
      "--train-files", "train.csv", "--dev-files", "dev.csv", "--epochs",
      "\(request.epochs)", "--batch-size", "8", "--save-checkpoint-dir",
      absolutePath(checkpoints),
      "--export-dir", at("model"),
    ] + (request.hasAlphabet == true ? ["--alphabet", absolutePath(alphabetPath)] : [])
      + (request.language.map { ["--export-language", $0] } ?? [])
      + (request.source.map { ["--load-checkpoint-dir", absolutePath($0)] } ?? [
        "--n-hidden", "256",
      ])
  }

  /// Removes the checkpoints of the training before.
  ///
  /// The next one starts from its exported model, with the alphabet and the recordings of today.
  private func removeCheckpoints() throws {
    guard FileManager.default.fileExists(atPath: checkpoints) else { return }
    do { try FileManager.default.removeItem(atPath: checkpoints) } catch {
      throw FileError.unwritable(path: checkpoints, reason: systemReason(error))
    }
  }

  private var checkpoints: String { folder.path.appendingName("checkpoints") }

  /// Whether a training still saves that was started by a server that was killed.
  private var isFormerSaving: Bool {
    guard training.latest?.outcome == .interrupted else { return false }
    do {
      _ = try FolderLock(folder: checkpoints)
      return false
    } catch {
      guard case .inUse = error else { return false }
      return true
    }
  }

  /// Where a training starts: the model trained here before, or else the one that is served.
  private var newestModel: String? {
    FileManager.default.fileExists(atPath: trainedModel) ? trainedModel : modelPath
  }

  /// How the training goes or how it ended, when its report was written, and whether there is a model to try.
  func progress(_ site: Site) -> Answer { Answer(json: report(site)) }

  private func report(_ site: Site) -> JSONValue {
    // All of one moment: a training that ends meanwhile is either still running or has its outcome.
    let latest = training.latest
    let isRunning = latest?.outcome == .running
    let attributes = try? FileManager.default.attributesOfItem(atPath: reportPath)
    let date = attributes?[.modificationDate] as? Date
    return [
      "running": .bool(isRunning), "saving": .bool(isFormerSaving),
      "outcome": .optional(latest?.outcome.rawValue),
      "can_resume": .bool(!isRunning && latest?.isResumable == true),
      "language": .optional(latest.map(\.request.language) ?? servedLanguage(site)),
      "notes": .array((latest?.request.notes ?? []).map { .string($0) }),
      "epochs": latest.map { .integer($0.request.epochs) } ?? .null,
      "log": .string((latest?.log ?? []).joined(separator: "\n")),
      "model": .bool(FileManager.default.fileExists(atPath: trainedModel)),
      "report": .optional(date.map { "\($0.timeIntervalSince1970)" }),
    ]
  }

  private var trainedModel: String { folder.path.appendingName("model/model.safetensors") }

  private var reportPath: String { folder.path.appendingName("checkpoints/report.html") }

  private static let modelName = "corpus"

  /// Serves what was trained as the model "corpus".
  func serve(_ site: Site) async throws -> Answer {
    let path = trainedModel
    guard FileManager.default.fileExists(atPath: path) else {
      throw RequestFailure.notFound("Nothing is trained yet.")
    }
    let models = site.models
    try await onOwnThread { models.add(Self.modelName, try Recognizer(modelPath: path)) }
    return Answer(json: ["model": .string(Self.modelName)])
  }

  var reportPage: Answer {
    guard let data = FileManager.default.contents(atPath: reportPath) else {
      return Answer(text: "There is no report yet.\n")
    }
    var answer = Answer(type: "text/html; charset=utf-8", [UInt8](data))
    answer.headers.append(
      (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; sandbox allow-scripts"
      ))
    return answer
  }
}
