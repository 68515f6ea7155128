import Foundation
import ParlaAudio
import ParlaFiles
import ParlaRecognition

/// What the corpus page asks for.
final class CorpusSite: Sendable {
  private let folder: CorpusFolder
  private let training = TrainingRun()
  private let trainingCommand: [String]
  private let modelPath: String?

  /// - Throws: `FileError`.
  init(folder: String, _ settings: ServerSettings) throws {
    self.folder = try CorpusFolder(path: folder)
    trainingCommand = settings.trainingCommand
    modelPath = settings.modelPath
  }

  /// One thing that can be asked, by its path.
  struct Action: Sendable {
    let method: String
    let path: String
    let run: @Sendable (CorpusSite, Site, RequestHead, RequestBody) async throws -> Answer
  }

  static let actions: [Action] = [
    Action(method: "GET", path: "/corpus/state") { corpus, _, _, _ in corpus.state },
    Action(method: "POST", path: "/corpus/prompts") { corpus, _, head, body in
      try await corpus.setPrompts(head, body)
    },
    Action(method: "POST", path: "/corpus/clips") { corpus, site, head, body in
      try await corpus.add(site, head, body)
    },
    Action(method: "GET", path: "/corpus/clips.csv") { corpus, _, _, _ in
      try corpus.file("clips.csv", type: "text/csv; charset=utf-8")
    },
    Action(method: "GET", path: "/corpus/sentences.tsv") { corpus, _, _, _ in corpus.sentences },
    Action(method: "GET", path: "/corpus/clips/") { corpus, _, head, _ in try corpus.sound(head) },
    Action(method: "POST", path: "/corpus/clips/") { corpus, _, head, body in
      try await corpus.edit(head, body)
    },
    Action(method: "GET", path: "/corpus/training") { corpus, _, _, _ in corpus.progress },
    Action(method: "POST", path: "/corpus/training") { corpus, _, _, body in
      try await corpus.train(body)
    },
    Action(method: "POST", path: "/corpus/training/stop") { corpus, _, _, _ in
      corpus.training.stop()
      return corpus.progress
    },
    Action(method: "POST", path: "/corpus/model") { corpus, site, _, _ in
      try await corpus.serve(site)
    },
    Action(method: "GET", path: "/corpus/report.html") { corpus, _, _, _ in corpus.report },
  ]

  // MARK: - Prompts and clips

  private var state: Answer {
    let contents = folder.snapshot
    var counts: [String: Int] = [:]
    for clip in contents.clips { counts[clip.transcript, default: 0] += 1 }
    let speakers = Set(contents.clips.map(\.speaker)).sorted()
    return Answer(
      json: [
        "folder": .string(folder.path), "count": .integer(contents.clips.count),
        "seconds": .seconds(contents.clips.reduce(0) { $0 + $1.seconds }),
        "speakers": .array(speakers.map { .string($0) }),
        "can_train": .bool(!trainingCommand.isEmpty),
        "can_transfer": .bool(modelPath != nil),
        "prompts": .array(
          contents.prompts.map { ["text": .string($0), "clips": .integer(counts[$0] ?? 0)] }),
        "clips": .array(contents.clips.reversed().map(Self.json)),
      ])
  }

  private static func json(_ clip: CorpusFolder.Clip) -> JSONValue {
    [
      "number": .integer(clip.number), "transcript": .string(clip.transcript),
      "speaker": .string(clip.speaker),
      "seconds": .seconds(clip.seconds), "accepted": clip.isAccepted.map { .bool($0) } ?? .null,
    ]
  }

  private func setPrompts(_ head: RequestHead, _ body: RequestBody) async throws -> Answer {
    let bytes = try await body.collect(upTo: 4 << 20)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RequestFailure.bad("The prompts are no UTF-8.")
    }
    let sentences = Prompts.sentences(in: text)
    try folder.setPrompts(
      head.queryValue("order") == "spread" ? Prompts.spread(sentences) : sentences)
    return state
  }

  private func add(_ site: Site, _ head: RequestHead, _ body: RequestBody) async throws -> Answer {
    let transcript = try Self.transcript(head.queryValue("transcript") ?? "")
    let place = try site.metrics.openUpload(limit: site.limits.uploads)
    let upload = try await Upload.reading(body)
    withExtendedLifetime(place) {}
    let sound: Waveform
    do { sound = try Self.sound(of: upload) } catch {
      throw RequestFailure(error, source: upload.path)
    }
    let speaker = (head.queryValue("speaker") ?? "").split(whereSeparator: \.isWhitespace).joined(
      separator: " ")
    let clip = try folder.add(sound, transcript: transcript, speaker: String(speaker.prefix(60)))
    return Answer(json: ["clip": Self.json(clip), "count": .integer(folder.snapshot.clips.count)])
  }

  /// `text` as a transcript that can be trained on: in one line.
  private static func transcript(_ text: String) throws(RequestFailure) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !line.isEmpty else {
      throw .bad(
        "The clip has no transcript. Write what is said, or remove the clip.", param: "transcript")
    }
    return String(line.prefix(500))
  }

  private static func sound(of upload: Upload) throws -> Waveform {
    var reader = try SoundReader(upload.path)
    var samples: [Float] = []
    while let piece = try reader.next() {
      samples += piece
      guard reader.duration <= 120 else {
        throw RequestFailure.bad("The clip lasts longer than two minutes.")
      }
    }
    return Waveform(samples: samples, sampleRate: reader.sampleRate)
  }

  /// The number of a clip in a path; no other path reaches the disk.
  private func number(_ head: RequestHead, suffix: String) throws(RequestFailure) -> Int {
    let name = (head.path ?? "").dropFirst("/corpus/clips/".count)
    guard name.hasSuffix(suffix), let number = Int(name.dropLast(suffix.count)), number > 0 else {
      throw .notFound("There is no clip of that name.")
    }
    return number
  }

  private func sound(_ head: RequestHead) throws -> Answer {
    guard let path = folder.sound(try number(head, suffix: ".flac")),
      let data = FileManager.default.contents(atPath: path)
    else { throw RequestFailure.notFound("There is no clip of that number.") }
    return Answer(type: "audio/flac", [UInt8](data))
  }

  private func edit(_ head: RequestHead, _ body: RequestBody) async throws -> Answer {
    let number = try number(head, suffix: "")
    guard let wish = try? JSONValue(bytes: await body.collect(upTo: 1 << 16)) else {
      throw RequestFailure.bad("The body is no JSON.")
    }
    let transcript = try wish["transcript"]?.text.map(Self.transcript)
    let isThere =
      wish["remove"]?.truth == true
      ? try folder.remove(number)
      : try folder.edit(number) { clip in
        if let transcript { clip.transcript = transcript }
        if let accepted = wish["accepted"] { clip.isAccepted = accepted.truth }
      }
    guard isThere else { throw RequestFailure.notFound("There is no clip of that number.") }
    return state
  }

  private func file(_ name: String, type: String) throws -> Answer {
    guard let data = FileManager.default.contents(atPath: folder.path.appendingName(name)) else {
      throw RequestFailure.notFound("Nothing is recorded yet.")
    }
    return Answer(type: type, [UInt8](data))
  }

  /// The prompts as Common Voice's tables of sentences.
  private var sentences: Answer {
    let contents = folder.snapshot
    var counts: [String: Int] = [:]
    for clip in contents.clips { counts[clip.transcript, default: 0] += 1 }
    let table = Prompts.table(of: contents.prompts) { counts[$0] ?? 0 }
    return Answer(type: "text/tab-separated-values; charset=utf-8", Array(table.utf8))
  }

  // MARK: - Training

  private func train(_ body: RequestBody) async throws -> Answer {
    let wish = (try? JSONValue(bytes: await body.collect(upTo: 1 << 16))) ?? .null
    let epochs = min(max(wish["epochs"]?.int ?? 30, 1), 1000)
    guard !folder.snapshot.clips.isEmpty else {
      throw RequestFailure.bad("Nothing is recorded yet.")
    }
    guard !trainingCommand.isEmpty else {
      throw RequestFailure.bad("This server was started without a program that trains.")
    }
    guard !training.isRunning else {
      throw RequestFailure(status: 409, message: "A training is already running.")
    }
    _ = try folder.writeParts()
    try beginRound()
    let at = folder.path.appendingName
    var command =
      trainingCommand + [
        "--train-files", at("train.csv"), "--dev-files", at("dev.csv"), "--epochs", "\(epochs)",
        "--batch-size", "8", "--save-checkpoint-dir", at("checkpoints"), "--export-dir",
        at("model"),
      ]
    let own = FileManager.default.fileExists(atPath: trainedModel) ? trainedModel : nil
    if wish["transfer"]?.truth != false, let source = own ?? modelPath {
      command += ["--load-checkpoint-dir", source]
    } else {
      command += ["--n-hidden", "256"]
    }
    let mark = finishedMark
    try training.start(command) { _ = FileManager.default.createFile(atPath: mark, contents: nil) }
    return Answer(status: 202, json: .object(training.report))
  }

  /// Removes the checkpoints of a training that has finished.
  ///
  /// The next one starts from its exported model, with the alphabet and the recordings of today. An interrupted training keeps
  /// its checkpoints, and the same command resumes it.
  private func beginRound() throws {
    let checkpoints = folder.path.appendingName("checkpoints")
    guard FileManager.default.fileExists(atPath: finishedMark) else { return }
    do { try FileManager.default.removeItem(atPath: checkpoints) } catch {
      throw FileError.unwritable(path: checkpoints, reason: systemReason(error))
    }
  }

  /// Where it is noted that the training of these checkpoints has finished.
  private var finishedMark: String { folder.path.appendingName("checkpoints/finished") }

  /// How the training goes, when its report was written, and whether there is a model to try.
  private var progress: Answer {
    var report = training.report
    report["model"] = .bool(FileManager.default.fileExists(atPath: trainedModel))
    let attributes = try? FileManager.default.attributesOfItem(atPath: reportPath)
    let date = attributes?[.modificationDate] as? Date
    report["report"] = .optional(date.map { "\($0.timeIntervalSince1970)" })
    return Answer(json: .object(report))
  }

  private var trainedModel: String { folder.path.appendingName("model/model.safetensors") }

  private var reportPath: String { folder.path.appendingName("checkpoints/report.html") }

  private static let modelName = "corpus"

  /// Serves what was trained as the model "corpus".
  private func serve(_ site: Site) async throws -> Answer {
    let path = trainedModel
    guard FileManager.default.fileExists(atPath: path) else {
      throw RequestFailure.notFound("Nothing is trained yet.")
    }
    let models = site.models
    try await withCheckedThrowingContinuation {
      (continuation: CheckedContinuation<Void, any Error>) in
      Thread.detachNewThread {
        continuation.resume(
          with: Result { models.add(Self.modelName, try Recognizer(modelPath: path)) })
      }
    }
    return Answer(json: ["model": .string(Self.modelName)])
  }

  private var report: Answer {
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
