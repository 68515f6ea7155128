import Foundation
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaKur

@Suite struct KurPluginsTests {
  private func plugin(_ script: String, in folder: String) throws {
    let path = folder + "/plugin"
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private final class Notes: Sendable {
    private let all = Mutex<[String]>([])
    var texts: [String] { all.withLock { $0 } }
    func add(_ text: String) { all.withLock { $0.append(text) } }
  }

  @Test func whoDoesNotReadKeepsNobodyWaiting() throws {
    try withTemporaryFolder { folder in
      try plugin("exec sleep 5", in: folder)
      let notes = Notes()
      let plugins = try KurPlugins(folder: folder, patienceSeconds: 0) { notes.add($0) }
      let details = [("text", PythonValue.string(String(repeating: "a", count: 1000)))]
      for _ in 0..<200 { plugins.tell(KurEvent(.epochEnd, details)) }
      plugins.finish()
      #expect(notes.texts.count == 2)
      #expect(notes.texts.first?.contains("stopped reading") == true)
      #expect(notes.texts.last?.contains("it is left running") == true)
    }
  }

  @Test func whatHooksReadIsReported() throws {
    try withTemporaryFolder { folder in
      try plugin("cat > '\(folder)/events'", in: folder)
      let notes = Notes()
      let plugins = try KurPlugins(folder: folder) { notes.add($0) }
      plugins.tell(of: HookData(text: "how ol", truth: "how old", batch: nil))
      plugins.tell(of: HookData(outputs: [:], batch: nil, truth: nil))
      plugins.finish()
      #expect(
        try KurText.read(folder + "/events")
          == #"{"Prediction": "how ol", "Truth": "how old", "event": "prediction"}"# + "\n")
      #expect(notes.texts.isEmpty)
    }
  }
}
