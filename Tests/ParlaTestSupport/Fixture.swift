import Foundation

/// Files that tests read.
public enum Fixture {
  /// The path of the fixture `name`, such as `features/syn_dc.wav`.
  public static func path(_ name: String) -> String {
    Bundle.module.bundlePath + "/Fixtures/" + name
  }
}
