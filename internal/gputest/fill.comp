#version 450
// dst[first + i] = word + i for i < n.
layout(local_size_x_id = 0) in;
layout(binding = 0) writeonly buffer Dst { uint dst[]; };
layout(push_constant) uniform Push { uint word, first, n; };

void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < n) dst[first + i] = word + i;
}
