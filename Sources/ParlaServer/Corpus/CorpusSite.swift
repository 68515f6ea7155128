import Foundation
import ParlaAudio
import ParlaFiles

/// What the corpus page asks for.
final class CorpusSite: Sendable {
  let folder: CorpusFolder
  let training: TrainingRun
  let trainingCommand: [String]
  let modelPath: String?

  /// - Throws: as `CorpusFolder` does.
  init(folder: String, _ settings: ServerSettings) throws {
    self.folder = try CorpusFolder(path: folder)
    for note in self.folder.notes { settings.log(note) }
    training = TrainingRun(
      recordPath: folder.appendingName("training.json"), log: settings.log)
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
    Action(method: "GET", path: "/corpus/state") { corpus, _, _, _ in
      try await onOwnThread { corpus.state }
    },
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
    Action(method: "GET", path: "/corpus/training") { corpus, site, _, _ in
      corpus.progress(site)
    },
    Action(method: "POST", path: "/corpus/training") { corpus, site, _, body in
      try await corpus.train(site, body)
    },
    Action(method: "POST", path: "/corpus/training/stop") { corpus, site, _, _ in
      corpus.training.stop()
      return corpus.progress(site)
    },
    Action(method: "POST", path: "/corpus/model") { corpus, site, _, _ in
      try await corpus.serve(site)
    },
    Action(method: "GET", path: "/corpus/report.html") { corpus, _, _, _ in corpus.reportPage },
  ]

  // MARK: - Prompts and clips

  private var state: Answer {
    let contents = folder.snapshot
    let counts = contents.clipCounts
    let listed = Set(contents.prompts)
    return Answer(
      json: [
        "folder": .string(folder.path), "warning": .optional(folder.warning),
        "can_train": .bool(!trainingCommand.isEmpty),
        "can_transfer": .bool(modelPath != nil),
        "prompts": .array(
          contents.prompts.map { ["text": .string($0), "clips": .integer(counts[$0] ?? 0)] }),
        "clips": .array(
          contents.clips.reversed().map { Self.json($0, isListed: listed.contains) }),
      ])
  }

  private static func json(
    _ clip: CorpusFolder.Clip, isListed: (String) -> Bool
  ) -> JSONValue {
    [
      "number": .integer(clip.number), "transcript": .string(clip.transcript),
      "prompt": .string(clip.sentence(isListed: isListed)), "speaker": .string(clip.speaker),
      "seconds": .seconds(clip.seconds), "accepted": clip.isAccepted.map { .bool($0) } ?? .null,
    ]
  }

  private func setPrompts(_ head: RequestHead, _ body: RequestBody) async throws -> Answer {
    try RequestFields.checkQuery(head, known: ["order"])
    let order = head.queryValue("order")
    guard order == nil || order == "spread" else {
      throw RequestFailure.bad(
        "order: found \((order ?? "").prefix(40)), expected spread, or no order.", param: "order")
    }
    let bytes: [UInt8]
    do { bytes = try await body.collect(upTo: Prompts.mostBytes) } catch {
      guard (error as? RequestFailure)?.status == 413 else { throw error }
      throw Prompts.tooMany(
        found: "more than \(Prompts.mostBytes >> 20) MiB", most: "\(Prompts.mostBytes >> 20) MiB")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RequestFailure.bad("The prompts are no UTF-8.")
    }
    let folder = folder
    try await onOwnThread {
      let sentences = try Prompts.sentences(in: text)
      try folder.setPrompts(order == nil ? sentences : Prompts.spread(sentences))
    }
    return try await onOwnThread { [self] in state }
  }

  private func add(_ site: Site, _ head: RequestHead, _ body: RequestBody) async throws -> Answer {
    try RequestFields.checkQuery(head, known: ["transcript", "speaker"])
    let transcript = try Self.transcript(head.queryValue("transcript") ?? "")
    let speaker = try SpokenLine.checked(
      head.queryValue("speaker") ?? "", field: "speaker", most: Self.longestName)
    let place = try site.metrics.openUpload(limit: site.limits.uploads)
    let upload = try await Upload.reading(body)
    let folder = folder
    let clip = try await onOwnThread {
      let sound: Waveform
      do { sound = try Self.sound(of: upload) } catch {
        throw RequestFailure(error, source: upload.path)
      }
      return try folder.add(sound, transcript: transcript, speaker: speaker)
    }
    withExtendedLifetime(place) {}
    return changed(clip)
  }

  private func changed(_ clip: CorpusFolder.Clip) -> Answer {
    let prompts = folder.snapshot.prompts
    return changed(["clip": Self.json(clip, isListed: prompts.contains)])
  }

  /// `change`, with the folder's warning and how many recordings it has now, from whatever page.
  private func changed(_ change: [String: JSONValue]) -> Answer {
    let more: [String: JSONValue] = [
      "warning": .optional(folder.warning), "count": .integer(folder.snapshot.clips.count),
    ]
    return Answer(json: .object(change.merging(more) { $1 }))
  }

  /// So many characters a speaker's name may have.
  private static let longestName = 60

  /// `text` as a transcript that can be trained on: in one line.
  private static func transcript(_ text: String) throws(RequestFailure) -> String {
    let line = try SpokenLine.checked(text, field: "transcript")
    guard !line.isEmpty else {
      throw .bad(
        "The clip has no transcript. Write what is said, or remove the clip.", param: "transcript")
    }
    return line
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
    // FLAC does not take more (RFC 9639, 9.1.2).
    guard reader.sampleRate <= 655_350 else {
      throw RequestFailure.bad(
        "The clip has \(reader.sampleRate) samples a second. Record it with 655350 or fewer.")
    }
    return Waveform(samples: samples, sampleRate: reader.sampleRate)
  }

  /// The number of a clip in a path, spelled in the one way; no other path reaches the disk.
  private func number(_ head: RequestHead, suffix: String) throws(RequestFailure) -> Int {
    let name = (head.path ?? "").dropFirst("/corpus/clips/".count)
    let text = name.dropLast(suffix.count)
    guard name.hasSuffix(suffix), let number = Int(text), number > 0, "\(number)" == text else {
      throw .notFound("There is no clip of that name. Names are numbers: /corpus/clips/1\(suffix)")
    }
    return number
  }

  private func sound(_ head: RequestHead) throws -> Answer {
    guard let path = folder.sound(try number(head, suffix: ".flac")),
      let data = FileManager.default.contents(atPath: path)
    else { throw RequestFailure.notFound("There is no clip of that number.") }
    return Answer(type: "audio/flac", [UInt8](data), for: head)
  }

  private func edit(_ head: RequestHead, _ body: RequestBody) async throws -> Answer {
    let number = try number(head, suffix: "")
    let fields = try await RequestFields(body, known: ["transcript", "accepted", "remove"])
    let transcript = try fields.text("transcript").map(Self.transcript)
    let accepted = try fields.choice("accepted")
    let isRemoved = try fields.truth("remove") == true
    guard !fields.isEmpty, !isRemoved || fields.count == 1 else {
      throw RequestFailure.bad(
        "Expected a transcript, or whether the clip is accepted, or remove by itself.")
    }
    let missing = RequestFailure.notFound("There is no clip of that number.")
    if isRemoved {
      guard try await onOwnThread({ [folder] in try folder.remove(number) }) else { throw missing }
      return changed(["removed": .integer(number)])
    }
    let clip = try await onOwnThread { [folder] in
      try folder.edit(number) { clip in
        if let transcript { clip.correct(transcript) }
        if let accepted { clip.isAccepted = accepted }
      }
    }
    guard let clip else { throw missing }
    return changed(clip)
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
    let counts = contents.clipCounts
    let table = Prompts.table(of: contents.prompts) { counts[$0] ?? 0 }
    return Answer(type: "text/tab-separated-values; charset=utf-8", Array(table.utf8))
  }
}
