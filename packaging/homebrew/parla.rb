class Parla < Formula
  desc "Train and run speech recognition for your own language, offline"
  homepage "https://github.com/parla-speech/parla"
  license "Apache-2.0"
  head "https://github.com/parla-speech/parla.git", branch: "main"

  depends_on xcode: ["26.0", :build]
  depends_on "libarchive"
  depends_on "libsndfile"
  depends_on "libsoxr"
  depends_on macos: :sequoia
  depends_on "opus"
  depends_on "xz"

  def install
    system "swift", "build", "--disable-sandbox", "--configuration", "release", "--product", "parla",
           "--traits", "Server"
    bin.install ".build/release/parla"
    generate_completions_from_executable(bin/"parla", "--generate-completion-script")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/parla --version") unless head?
    assert_match "ngram 1=5", pipe_output("#{bin}/parla lm build --order 2", "a b\n")
  end
end
