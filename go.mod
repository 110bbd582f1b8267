module fovea

go 1.25.0
