import Foundation
package import ParlaFiles

/// Fetches files of servers: each grows under another name until it is whole, and a later try continues it.
package struct WebDownload: Sendable {
  /// What asks servers; curl, or a test.
  package typealias Fetch = @Sendable ([WebProgram.Request]) -> [WebProgram.Answer]

  private let fetch: Fetch

  /// Asks by `fetch`: curl, which shows its progress, unless something else is given.
  package init(_ fetch: @escaping Fetch = { WebProgram.get($0, showsProgress: true) }) {
    self.fetch = fetch
  }

  /// Where the file `target` grows.
  package static func part(of target: String) -> String { target + ".part" }

  /// Gives what has grown for `target` its name.
  ///
  /// - Throws: `FileError.unwritable`.
  package static func keep(_ target: String) throws(FileError) {
    guard unsafe rename(part(of: target), target) == 0 else {
      throw .unwritable(path: target, reason: systemReason(errno))
    }
  }

  /// So often a connection that breaks off is made again, as long as something arrives each time.
  private static let mostTries = 5

  /// Fetches what `requests` ask for into the parts of their paths; what is wrong with each, nil where it is whole.
  ///
  /// A server that cannot continue a part is asked for the whole.
  package func parts(_ requests: [WebProgram.Request]) -> [String?] {
    var problems: [String?] = requests.map { _ in nil }
    var open = Array(requests.indices)
    for _ in 0..<Self.mostTries where !open.isEmpty {
      let sizes = open.map { size(requests[$0].path) }
      let answers = fetch(open.map { requests[$0].growing })
      var broken: [Int] = []
      for (index, (before, answer)) in zip(open, zip(sizes, answers)) {
        problems[index] = answer.problem
        guard answer.problem != nil, requests[index].canContinue else { continue }
        if answer.cannotContinue {
          try? FileManager.default.removeItem(atPath: Self.part(of: requests[index].path))
        }
        if answer.cannotContinue || size(requests[index].path) > before { broken.append(index) }
      }
      open = broken
    }
    return problems
  }

  private func size(_ target: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: Self.part(of: target))
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }
}

extension WebProgram.Request {
  /// Whether what is there of the file can be a beginning of it.
  fileprivate var canContinue: Bool { bytes == nil && known == nil }

  /// The same, written to where the file grows.
  fileprivate var growing: Self {
    var other = self
    other.path = WebDownload.part(of: path)
    return other
  }
}
