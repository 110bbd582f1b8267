#version 450
// Multiplies and adds: twelve chains of x = 0.5 x + 1, which do not wait for
// each other; dst[lane of all] = their sum.
layout(local_size_x_id = 0) in;
layout(binding = 0) writeonly buffer Dst { float dst[]; };
layout(push_constant) uniform Push { uint rounds; float a, b; }; // of 8 steps; 0.5 and 1

void main() {
    float first = float(gl_GlobalInvocationID.x % 8);
    vec4 x = vec4(0, 1, 2, 3) + first, y = x + 4, z = x + 8;
    for (uint i = 0; i < rounds; i++) {
        for (uint j = 0; j < 8; j++) {
            x = x * a + b;
            y = y * a + b;
            z = z * a + b;
        }
    }
    vec4 s = x + y + z;
    dst[gl_GlobalInvocationID.x] = s.x + s.y + s.z + s.w;
}
