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
  /// What the log says besides, which is nothing for clients.
  private(set) var cause: String?

  /// What the log says.
  var logged: String { cause ?? message }

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

  /// The server itself cannot do what `doing` says, for a reason in the system's words; `error` names the place.
  private init(_ doing: String, _ reason: String, _ error: any Error) {
    guard !Self.shortFiles.contains(reason) else {
      self = .busy("The server has too many open files. Try again in a moment.")
      return
    }
    let isFull = Self.fullDisk.contains(reason)
    self.init(
      status: isFull ? 507 : 500,
      message: isFull
        ? "The server's disk is full: nothing was saved. Make room there, and send this again."
        : "The server cannot \(doing): \(reason). The request is not to blame; the server's log says more.",
      type: "server_error")
    cause = Self.renamed("\(error)", nil, "a temporary file in \(NSTemporaryDirectory())")
  }

  /// Whether the server is to blame, and should note it.
  var isOurs: Bool { status >= 500 && status != 503 }

  private static let shortFiles = Set([EMFILE, ENFILE].map { systemReason($0) })

  private static let fullDisk = Set([ENOSPC, EDQUOT].map { systemReason($0) })

  /// Reasons that lie in this machine, whatever was sent.
  private static let troubles = fullDisk.union(
    [EIO, EMFILE, ENFILE, ENOMEM, EROFS, EACCES, EPERM, EBADF, ENOENT].map { systemReason($0) }
      + [AudioError.diskFailed])

  /// Says what became of a request for which `error` was thrown: the client's fault is what came from it, not what the server
  /// cannot keep or read again.
  ///
  /// What was sent is called `name`, wherever the server keeps it.
  init(_ error: any Error, source: String? = nil, called name: String = "the file") {
    func bad(_ message: String) -> RequestFailure {
      .bad(Self.renamed(message, source, name), param: "file")
    }
    switch error {
    case let failure as RequestFailure: self = failure
    case AudioError.unwritable(_, let reason), FileError.unwritable(_, let reason):
      self.init("save it", reason, error)
    case AudioError.unreadable(_, let reason) where Self.troubles.contains(reason):
      self.init("read its file", reason, error)
    case FileError.unreadable(_, let reason):
      self.init("read its file", reason, error)
    case AudioError.noLibrary(_, let problem):
      self.init("decode the sound", problem, error)
    case let error as AudioError: self = bad(error.description)
    case RecognitionError.tooLong(let limit):
      self.init(
        status: 413,
        message:
          "The file lasts longer than \(limit) seconds, the server's limit. Cut it, or start the "
          + "server with a larger --max-minutes.", type: "content_too_large", param: "file")
    case RecognitionError.tooManyStreams, RecognitionError.tooManyRecordings:
      self = .busy("The server has too much to do. Try again in a moment.")
    case let error as RecognitionError: self = bad(error.description)
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

  /// The message with `name` in place of where the server keeps what was sent: a file that has no name of its own.
  private static func renamed(_ message: String, _ path: String?, _ name: String) -> String {
    var message = message
    if let path, !path.isEmpty { message = message.replacing(path, with: name) }
    return message.replacing(/\/(proc\/(self|[0-9]+)|dev)\/fd\/[0-9]+/, with: name)
  }
}
