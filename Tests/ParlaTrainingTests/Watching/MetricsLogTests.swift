import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaTraining

@Suite struct MetricsLogTests {
  static func line(_ step: Int, loss: Double) -> MetricsLine {
    var line = MetricsLine(.step, step: step)
    line.loss = loss
    return line
  }

  static func objects(_ path: String) throws -> [[String: Any]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func everyLineIsAnObject() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let log = try MetricsLog(path: path, after: 0)
      try log.append(Self.line(3, loss: 1.5))
      try log.append(Self.line(4, loss: .nan))
      let objects = try Self.objects(path)
      #expect(objects.map { $0["step"] as? Int } == [3, 4])
      #expect(objects[0]["loss"] as? Double == 1.5)
      #expect(objects[1]["loss"] as? String == "nan")
      #expect(objects[0]["event"] as? String == "step")
    }
  }

  @Test func stepsThatAreMadeAgainAreForgotten() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let log = try MetricsLog(path: path, after: 0)
      for step in 1...5 { try log.append(Self.line(step, loss: Double(step))) }
      // A kill in the middle of a line.
      let file = try #require(FileHandle(forWritingAtPath: path))
      try file.seekToEnd()
      try file.write(contentsOf: Data("{\"event\":\"st".utf8))
      let resumed = try MetricsLog(path: path, after: 3)
      #expect(resumed.steps.map(\.y) == [1, 2, 3])
      try resumed.append(Self.line(4, loss: 4.5))
      #expect(try Self.objects(path).map { $0["loss"] as? Double } == [1, 2, 3, 4.5])
      #expect(
        try MetricsLog(path: path, after: 0).steps.isEmpty, "a new training starts from scratch")
    }
  }
}
