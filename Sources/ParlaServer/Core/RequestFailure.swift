import Foundation
import ParlaAudio
import ParlaDecoding
import ParlaFiles
import ParlaRecognition

/// Why a request gets no text, in the form in which OpenAI's clients understand it.
struct RequestFailure: Error, Sendable {
  var status: Int
  var message: String
  var type = "invalid_request_error"
  var param: String?
  var code: String?
  var headers: [(name: String, value: String)] = []

  /// The answer that says so.
  var answer: Answer {
    var answer = Answer(
      status: status,
      json: [
        "error": [
          "message": .string(message), "type": .string(type), "param": .optional(param),
          "code": .optional(code),
        ]
      ])
    answer.headers += headers
    return answer
  }

  static func bad(_ message: String, param: String? = nil) -> RequestFailure {
    RequestFailure(status: 400, message: message, param: param)
  }

  static func notFound(_ message: String, code: String? = nil, param: String? = nil)
    -> RequestFailure
  {
    RequestFailure(status: 404, message: message, param: param, code: code)
  }

  static func tooLarge(limit: Int) -> RequestFailure {
    RequestFailure(
      status: 413,
      message: "The body has more than \(limit) bytes, the server's limit. Send less, or start the "
        + "server with a larger --max-upload-mb.",
      type: "content_too_large", headers: [("Connection", "close")])
  }

  static func method(allowed: [String]) -> RequestFailure {
    RequestFailure(
      status: 405, message: "This path takes \(allowed.joined(separator: " and ")) only.",
      headers: [("Allow", allowed.joined(separator: ", "))])
  }

  static func unauthorized(hasToken: Bool) -> RequestFailure {
    RequestFailure(
      status: 401,
      message: hasToken
        ? "The token is not one of this server's. Check it for a typing error."
        : "This server wants a token: send the header Authorization: Bearer TOKEN.",
      type: "authentication_error", code: "invalid_api_key",
      headers: [("WWW-Authenticate", "Bearer")])
  }

  static func forbidden(_ message: String) -> RequestFailure {
    RequestFailure(status: 403, message: message)
  }

  static func busy(_ message: String) -> RequestFailure {
    RequestFailure(
      status: 503, message: message, type: "server_error", headers: [("Retry-After", "2")])
  }

  /// Says what became of a request for which `error` was thrown: what came from outside is the client's fault.
  init(_ error: any Error, source: String? = nil) {
    switch error {
    case let failure as RequestFailure: self = failure
    case AudioError.unwritable(let path, let reason), FileError.unwritable(let path, let reason):
      self.init(unwritable: path, reason)
    case let error as AudioError:
      self = .bad(Self.renamed(error.description, source), param: "file")
    case RecognitionError.tooLong(let limit):
      self.init(
        status: 413,
        message:
          "The file lasts longer than \(limit) seconds, the server's limit. Cut it, or start the "
          + "server with a larger --max-minutes.", type: "content_too_large", param: "file")
    case let error as RecognitionError:
      self = .bad(Self.renamed(error.description, source), param: "file")
    case let error as ParlaDecoding.DecodingError: self = .bad(error.description)
    case let error as FileError:
      self.init(status: 500, message: error.description, type: "server_error")
    default: self.init(status: 500, message: "The server failed: \(error)", type: "server_error")
    }
  }

  init(
    status: Int, message: String, type: String = "invalid_request_error", param: String? = nil,
    code: String? = nil, headers: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.message = message
    self.type = type
    self.param = param
    self.code = code
    self.headers = headers
  }

  /// What is to be kept cannot be: no fault of the client, who may try again.
  private init(unwritable path: String, _ reason: String) {
    let place = TemporaryFile.isPath(path) ? NSTemporaryDirectory() : path
    let isFull = [ENOSPC, EDQUOT].map(systemReason).contains(reason)
    self.init(
      status: isFull ? 507 : 500,
      message: isFull
        ? "The server's disk is full: nothing was saved in \(place). Make room there, and send this again."
        : "\(place): cannot be written: \(reason). Nothing was saved. Check its permissions, and send this again.",
      type: "server_error")
  }

  /// The message with "the file" in place of where the server keeps what was sent.
  private static func renamed(_ message: String, _ path: String?) -> String {
    guard let path, !path.isEmpty else { return message }
    var rest = message[...]
    var renamed = ""
    while let range = rest.firstRange(of: path) {
      renamed += rest[..<range.lowerBound] + "the file"
      rest = rest[range.upperBound...]
    }
    return renamed + rest
  }
}
