import Foundation
import ParlaDecoding
import ParlaFiles
import ParlaRecognition
import ParlaTranscripts

/// OpenAI's transcriptions (POST /v1/audio/transcriptions), their list of models, and the plain forms of others.
struct OpenAI: Sendable {
  let site: Site

  /// The forms in which a text is given.
  private enum Format: String, CaseIterable {
    case json
    case text
    case srt
    case vtt
    case verbose = "verbose_json"
  }

  // MARK: - Models

  /// All models.
  func modelList() -> Answer {
    let models = site.models.all.map(Self.model)
    return Answer(json: ["object": "list", "data": .array(models)])
  }

  /// The model called `name`.
  func model(_ name: String) throws(RequestFailure) -> Answer {
    guard let model = site.models.all.first(where: { $0.name == name }) else {
      throw .notFound(
        "There is no model \"\(name.prefix(80))\".", code: "model_not_found", param: "model")
    }
    return Answer(json: Self.model(model))
  }

  private static func model(_ model: ServedModel) -> JSONValue {
    [
      "id": .string(model.name), "object": "model", "created": .integer(model.created),
      "owned_by": .string(model.author), "language": .string(model.language),
      "hot_words": .bool(model.takesHotWords), "scorer": .optional(model.scorerName),
    ]
  }

  // MARK: - Transcriptions

  /// What a form asks of the recognition.
  private struct Wish: Equatable {
    var model: String?
    var language: String?
    /// Words that are likely, and how much they are preferred.
    var words: [String]
    var boost: Double
    var usesScorer: Bool

    /// The keywords, or the rarer words of a prompt.
    init(_ form: UploadForm) {
      model = form.value("model")
      language = form.value("language")
      usesScorer = form.value("scorer") != "false"
      words = form.list("keywords[]", "keywords", "hotwords")
      boost = 4
      guard words.isEmpty else { return }
      let prompt = (form.value("prompt") ?? "").start.split {
        !$0.isLetter && $0 != "'" && $0 != "-"
      }
      words = prompt.map(String.init).filter { $0.count >= 5 }
      words = Array(words.prefix(50))
      boost = 1.5
    }
  }

  /// Answers a form with a sound file, which is recognised while it arrives.
  func transcription(_ head: RequestHead, _ body: RequestBody) async throws -> Answer {
    let place = try site.metrics.openUpload(limit: site.limits.uploads)
    var begun: (wish: Wish, work: FileTranscription)?
    let form = try await UploadForm.reading(head, body) { form in
      // Most clients send the fields before the file; later fields may change the request, or make it invalid.
      let wish = Wish(form)
      guard let upload = form.file, let work = try? self.work(wish, upload) else { return }
      begun = (wish, work)
    }
    let asked = form.value("response_format") ?? "json"
    guard let format = Format(rawValue: asked) else {
      throw RequestFailure.bad(
        "response_format is \"\(asked.prefix(40))\", expected one of "
          + Format.allCases.map(\.rawValue).joined(separator: ", ") + ".", param: "response_format")
    }
    let wish = Wish(form)
    let model = try site.models.model(wish.model, language: wish.language)
    guard form.value("translate") != "true" else {
      throw RequestFailure.bad(
        "This server transcribes and does not translate.", param: "translate")
    }
    if let unknown = Self.granularities(form).subtracting(["word", "segment"]).sorted().first {
      throw RequestFailure.bad(
        "timestamp_granularities is \"\(unknown.prefix(40))\", expected word or segment.",
        param: "timestamp_granularities")
    }
    guard let upload = form.file else {
      throw RequestFailure.bad(
        "The form has no file. Send a sound file as the part \"file\".", param: "file")
    }
    let work = try begun.flatMap { $0.wish == wish ? $0.work : nil } ?? self.work(wish, upload)
    begun = nil
    if ["true", "1"].contains(form.value("stream")) {
      // What is no sound is refused before a stream of events begins.
      return Self.events(work, try await work.firstPiece(), place)
    }
    let transcribed = try await work.transcribed()
    withExtendedLifetime(place) {}
    return Self.answer(transcribed, format, form, model)
  }

  private func work(_ wish: Wish, _ upload: Upload) throws(RequestFailure) -> FileTranscription {
    let model = try site.models.model(wish.model, language: wish.language)
    let decoder = model.decoder(
      preferring: wish.words, boost: wish.boost, usesScorer: wish.usesScorer)
    return FileTranscription(site, model, decoder, upload)
  }

  private static func granularities(_ form: UploadForm) -> Set<String> {
    Set(form.list("timestamp_granularities[]", "timestamp_granularities"))
  }

  private static func answer(
    _ transcribed: TranscribedFile, _ format: Format, _ form: UploadForm, _ model: ServedModel
  ) -> Answer {
    switch format {
    case .json:
      return Answer(json: [
        "text": .string(transcribed.transcript.text), "usage": transcribed.usage,
      ])
    case .text: return Answer(text: transcribed.transcript.text + "\n")
    case .srt:
      return Answer(
        type: "application/x-subrip; charset=utf-8", text: SubtitleWriter.subRip(for: transcribed))
    case .vtt:
      return Answer(type: "text/vtt; charset=utf-8", text: SubtitleWriter.webVTT(for: transcribed))
    case .verbose:
      let asked = granularities(form)
      return Answer(
        json: transcribed.verboseJSON(
          language: model.shortLanguage(asked: form.value("language")),
          hasSegments: asked.isEmpty || asked.contains("segment"),
          hasWords: asked.contains("word")))
    }
  }

  /// The words as events, as soon as they are certain.
  private static func events(
    _ work: FileTranscription, _ first: Transcript?, _ place: Metrics.Place
  ) -> Answer {
    Answer { send in
      var text = ""
      do {
        var pieces = work.pieces.makeAsyncIterator()
        var next = first
        while let piece = next {
          let delta = (text.isEmpty ? "" : " ") + piece.text
          text += delta
          try await send(["type": "transcript.text.delta", "delta": .string(delta)])
          next = await pieces.next()
        }
        let seconds = try await work.transcribed().duration
        let tokens = text.split(separator: " ").count
        let input = Int(seconds * 10)
        try await send([
          "type": "transcript.text.done", "text": .string(text),
          "usage": [
            "type": "tokens", "input_tokens": .integer(input), "output_tokens": .integer(tokens),
            "total_tokens": .integer(input + tokens),
          ],
        ])
      } catch let failure as RequestFailure {
        try await send([
          "error": ["message": .string(failure.message), "type": .string(failure.type)]
        ])
      }
      withExtendedLifetime(place) {}
    }
  }

  // MARK: - Plain forms

  /// deepspeech-server's: the body is a file, the answer its text.
  func plainText(_ head: RequestHead, _ body: RequestBody) async throws -> Answer {
    let model = try site.models.model(head.queryValue("model"))
    let transcribed = try await transcribed(body, model, model.recognizer.decoder)
    return Answer(text: transcribed.transcript.text)
  }

  /// The text of a body that is a file, or samples of `format`.
  func transcribed(
    _ body: RequestBody, _ model: ServedModel, _ decoder: BeamSearchDecoder?,
    format: SampleFormat? = nil
  ) async throws -> TranscribedFile {
    let place = try site.metrics.openUpload(limit: site.limits.uploads)
    var work: FileTranscription?
    let upload = try await Upload.reading(body, after: format?.openWAVHeader ?? []) { upload in
      work = FileTranscription(site, model, decoder, upload)
    }
    let transcribed = try await work?.transcribed()
    withExtendedLifetime((place, upload)) {}
    guard let transcribed else { throw CancellationError() }
    return transcribed
  }
}
