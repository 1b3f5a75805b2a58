<?php
// Lets WordPress ask programs on this machine, which it takes for a network's inside.
add_filter('http_request_host_is_external', '__return_true');
add_filter('http_allowed_safe_ports', function ($ports, $host, $url) {
    $ports[] = parse_url($url, PHP_URL_PORT);
    return $ports;
}, 10, 3);
