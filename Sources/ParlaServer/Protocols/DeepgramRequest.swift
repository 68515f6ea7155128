import Foundation
import ParlaDecoding
import ParlaFiles
import ParlaRecognition

/// What a Deepgram client asks for in the query of `/v1/listen`.
struct DeepgramRequest: Sendable {
  let model: ServedModel
  /// How samples are written; nil where a file of some format is sent.
  let format: SampleFormat?
  let tellsInterim: Bool
  let tellsSpeech: Bool
  let tellsUtteranceEnd: Bool
  let hotWords: [String]
  /// Between utterances of a file nobody speaks for so many seconds; nil where none are asked for.
  let utteranceSplit: Double?
  let id = UUID().uuidString.lowercased()

  /// - Throws: `RequestFailure` for what the server cannot do.
  init(_ site: Site, _ head: RequestHead) throws(RequestFailure) {
    model = try site.models.model(
      head.queryValue("model"), language: head.queryValue("language"))
    format = try Self.format(head)
    tellsInterim = head.queryValue("interim_results") == "true"
    tellsSpeech = head.queryValue("vad_events") == "true"
    tellsUtteranceEnd = head.queryValue("utterance_end_ms") != nil
    utteranceSplit =
      head.queryValue("utterances") == "true"
      ? head.queryValue("utt_split").flatMap(Double.init) ?? 0.8 : nil
    hotWords = (head.queryValues("keywords") + head.queryValues("keyterm")).map { keyword in
      String(keyword.split(separator: ":").first ?? "")
    }
  }

  /// How the text is found.
  var decoder: BeamSearchDecoder? { model.decoder(preferring: hotWords, boost: 4) }

  /// Encodings of files, which say themselves what they are.
  private static let files: Set<String> = [
    "opus", "ogg-opus", "flac", "mp3", "wav", "webm", "containerized",
  ]

  private static func format(_ head: RequestHead) throws(RequestFailure) -> SampleFormat? {
    guard let encoding = head.queryValue("encoding"), !files.contains(encoding) else { return nil }
    let channels = head.queryValue("channels").map { Int($0) ?? 0 } ?? 1
    let kinds: [String: (SampleFormat.Encoding, Int)] = [
      "linear16": (.linear, 2), "linear32": (.linear, 4), "mulaw": (.mulaw, 1), "alaw": (.alaw, 1),
    ]
    guard let (kind, width) = kinds[encoding] else {
      throw .bad(
        "encoding is \"\(encoding.prefix(40))\", expected one of linear16, linear32, mulaw, alaw, or opus, flac or none for a file."
      )
    }
    guard let rate = head.queryValue("sample_rate").flatMap({ Int($0) }),
      let format = SampleFormat(
        encoding: kind, width: width, channelCount: channels, sampleRate: rate)
    else {
      throw .bad(
        "sample_rate or channels is impossible, expected 1000 to 384000 hertz and 1 to 32 channels."
      )
    }
    return format
  }

  /// The answer in Deepgram's form.
  static func refusal(_ failure: RequestFailure) -> Answer {
    let id = UUID().uuidString.lowercased()
    let code =
      failure.status == 401
      ? "INVALID_AUTH"
      : failure.status == 503
        ? "TOO_MANY_REQUESTS" : failure.isOurs ? "INTERNAL_SERVER_ERROR" : "Bad Request"
    var answer = Answer(
      status: failure.status,
      json: [
        "err_code": .string(code), "err_msg": .string(failure.message), "request_id": .string(id),
      ])
    answer.headers += failure.headers + [("dg-error", code), ("dg-request-id", id)]
    return answer
  }
}
