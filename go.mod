module fovea

go 1.26.0

require (
	github.com/klippa-app/go-pdfium v1.21.4
	github.com/tetratelabs/wazero v1.12.0
	github.com/wlynxg/chardet v1.0.5
	golang.org/x/text v0.43.0
)

require (
	github.com/dlclark/regexp2/v2 v2.12.0 // indirect
	github.com/edsrzf/mmap-go v1.2.0
	github.com/ncruces/go-strftime v1.1.0 // indirect
)

require (
	codeberg.org/go-pdf/fpdf v0.12.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jolestar/go-commons-pool/v2 v2.1.2 // indirect
	github.com/vulkan-go/vulkan v0.0.0-20221209234627-c0a353ae26c8
	github.com/yuin/goldmark v1.8.7 // indirect
	golang.org/x/image v0.47.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
