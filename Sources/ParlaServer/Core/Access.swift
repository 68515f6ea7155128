import Foundation
import ParlaFiles

/// A word that lets somebody in.
public struct AccessToken: Sendable, Equatable {
  /// Who has it.
  public let name: String
  fileprivate let bytes: [UInt8]

  /// The token `text` of `name`.
  public init(name: String, text: String) {
    self.name = name
    bytes = Array(text.utf8)
  }

  /// The tokens of a file: a line each, `NAME TOKEN` or `TOKEN`; lines that begin with # are notes.
  ///
  /// - Throws: `ServerError.badToken`, `FileError.unreadable`.
  public static func read(_ path: String) throws -> [AccessToken] {
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw FileError.unreadable(path: path, reason: systemReason(error))
    }
    var tokens: [AccessToken] = []
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      guard let token = words.last, words.count <= 2, token.utf8.count >= 16 else {
        let found =
          words.count > 2
          ? "\(words.count) words" : "a token of \(words.last?.utf8.count ?? 0) signs"
        throw ServerError.badToken(path: path, line: index + 1, found: found)
      }
      tokens.append(
        AccessToken(
          name: words.count == 2 ? String(first) : "line \(index + 1)", text: String(token)))
    }
    guard !tokens.isEmpty else {
      throw ServerError.badToken(path: path, line: 1, found: "no token")
    }
    return tokens
  }

  /// Whether it is `text`, in a time that does not depend on where they differ.
  fileprivate func matches(_ text: [UInt8]) -> Bool {
    var difference = UInt(bitPattern: bytes.count ^ text.count)
    for (index, byte) in text.enumerated() {
      difference |= UInt(byte ^ (bytes.isEmpty ? 0 : bytes[index % bytes.count]))
    }
    return difference == 0
  }
}

/// Who may do what.
struct Access: Sendable {
  let tokens: [AccessToken]
  let hosts: [String]

  init(_ settings: ServerSettings) {
    tokens = settings.tokens
    hosts = (settings.allowedHosts + [settings.host]).map(Self.name)
  }

  /// Lets a request pass, or says why not.
  ///
  /// Without a token, a name of this server that is not known would let a web page in whose name was made to mean this machine.
  func check(_ head: RequestHead) throws(RequestFailure) {
    guard tokens.isEmpty else {
      let given = Self.tokens(of: head)
      guard given.contains(where: isKnown) else {
        throw .unauthorized(hasToken: !given.isEmpty)
      }
      return
    }
    try checkHost(head)
  }

  /// Without a token, refuses requests whose `Host` is not a name of this machine.
  func checkHost(_ head: RequestHead) throws(RequestFailure) {
    guard tokens.isEmpty, let host = head.header("host").map(Self.name), !isOwn(host) else {
      return
    }
    throw .forbidden(
      "This server does not know the host \"\(host)\" as its own. Start it with --allow-host \(host), or with a token."
    )
  }

  /// Lets a page of another origin not open WebSockets or write where no token says who it is.
  func checkOrigin(_ head: RequestHead) throws(RequestFailure) {
    guard tokens.isEmpty, let origin = head.header("origin") else { return }
    let place = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last
    guard place.map(String.init) != head.header("host") else { return }
    throw .forbidden(
      "Pages of \(origin) may not use this server. Start it with a token, and give it to the page.")
  }

  private func isKnown(_ text: String) -> Bool {
    var found = false
    // All are compared, so that the time does not reveal a near match.
    for token in tokens where token.matches(Array(text.utf8)) { found = true }
    return found
  }

  private func isOwn(_ host: String) -> Bool {
    let isAddress =
      host.hasPrefix("[") || host.allSatisfy { $0.isNumber || $0 == "." } || host.isEmpty
    return isAddress || host == "localhost" || host.hasSuffix(".localhost") || hosts.contains(host)
  }

  /// The name of a host without the port, and without the full stop of a name that is whole.
  private static func name(_ host: String) -> String {
    var name = host[...]
    if !host.hasPrefix("["), let colon = host.lastIndex(of: ":") { name = host[..<colon] }
    if name.hasSuffix(".") { name.removeLast() }
    return name.lowercased()
  }

  /// The tokens that a request brings: OpenAI's and Deepgram's headers, what browsers can send with a WebSocket, and the query.
  private static func tokens(of head: RequestHead) -> [String] {
    var found: [String] = []
    if let header = head.header("authorization") {
      let words = header.split(separator: " ", maxSplits: 1)
      if words.count == 2, ["bearer", "token"].contains(words[0].lowercased()) {
        found.append(words[1].trimmingCharacters(in: .whitespaces))
      }
    }
    let protocols = head.socketProtocols
    if protocols.count == 2, protocols[0] == "token" { found.append(protocols[1]) }
    let prefix = "openai-insecure-api-key."
    found += protocols.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    return found + head.queryValues("token")
  }
}

extension RequestHead {
  /// What `Sec-WebSocket-Protocol` lists.
  var socketProtocols: [String] {
    (header("sec-websocket-protocol") ?? "").split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }

  /// The subprotocol that the server chooses of those; nil for none.
  var chosenSocketProtocol: String? {
    socketProtocols.first { ["token", "realtime"].contains($0) }
  }

  /// Whether it asks for a WebSocket.
  var isUpgrade: Bool { header("upgrade")?.lowercased() == "websocket" }
}
